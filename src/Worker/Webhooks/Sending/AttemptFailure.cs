using System.Net.Security;
using System.Security.Authentication;
using System.Text;
using Gateway.Worker.Webhooks.Attempts;

namespace Gateway.Worker.Webhooks.Sending;

/// <summary>
/// Says in plain words why an attempt got no answer. The words name the host and never the path, the query or the credentials of the URL,
/// and repeat nothing that the endpoint sent but the names in its certificate's faults.
/// </summary>
internal static class AttemptFailure
{
    /// <summary>A compressed answer of a few bytes that unpacks into many.</summary>
    public const string GrewTooLarge = "The compressed answer grew beyond 16 KiB.";

    /// <summary>The attempt took longer than it may.</summary>
    public static string TimedOut(Uri url, TimeSpan timeout, bool hasAnswered) => hasAnswered
        ? $"The answer of {Host(url)} did not end within {timeout.TotalSeconds:0.###} s."
        : $"{Host(url)} did not answer within {timeout.TotalSeconds:0.###} s.";

    /// <summary>The class of a failure that <see cref="SocketsHttpHandler"/> reported, and its words.</summary>
    public static (AttemptOutcome Outcome, string Detail) Classify(Exception exception, Uri url) => exception switch
    {
        HttpRequestException { InnerException: EndpointUnreachableException unreachable } => (unreachable.Outcome, unreachable.Message),
        HttpRequestException { HttpRequestError: HttpRequestError.NameResolutionError } =>
            (AttemptOutcome.Dns, $"The name of {Host(url)} has no address."),
        HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError } =>
            (AttemptOutcome.Connect, $"{Host(url)} cannot be reached."),
        HttpRequestException { HttpRequestError: HttpRequestError.SecureConnectionError } e => (AttemptOutcome.Tls, TlsFailed(e, url)),
        HttpRequestException e => (AttemptOutcome.Broken, Broken(e.HttpRequestError, url)),
        HttpIOException e => (AttemptOutcome.Broken, Broken(e.HttpRequestError, url)),
        _ => (AttemptOutcome.Broken, Broken(HttpRequestError.Unknown, url)),
    };

    // The message of an AuthenticationException lists the certificate's faults, such as NotTimeValid or RemoteCertificateNameMismatch.
    private static string TlsFailed(HttpRequestException exception, Uri url) => exception.InnerException is AuthenticationException fault
        ? $"No secure connection to {Host(url)}: {NameMismatch(fault, url)}{ResponseText.From(Encoding.UTF8.GetBytes(fault.Message))}"
        : $"No secure connection to {Host(url)}: the handshake failed.";

    private static string NameMismatch(AuthenticationException fault, Uri url)
    {
        if (!fault.Message.Contains(nameof(SslPolicyErrors.RemoteCertificateNameMismatch), StringComparison.Ordinal))
        {
            return "";
        }

        // A wildcard stands for a label of letters, digits and hyphens; with any other the certificate has to name the host in full.
        var wildcard = url.IdnHost.Contains('_', StringComparison.Ordinal)
            ? " A wildcard does not stand for a name with an underscore."
            : "";
        return $"its certificate is for other names and not for {url.IdnHost}.{wildcard} ";
    }

    private static string Broken(HttpRequestError error, Uri url) => error switch
    {
        HttpRequestError.ResponseEnded => $"{Host(url)} closed the connection before its answer was complete.",
        HttpRequestError.InvalidResponse => $"What {Host(url)} answered is not HTTP.",
        HttpRequestError.ConfigurationLimitExceeded => $"The headers that {Host(url)} answered are longer than 16 KiB.",
        _ => $"The connection to {Host(url)} broke.",
    };

    private static string Host(Uri url) => url.IsDefaultPort ? url.IdnHost : $"{url.IdnHost}:{url.Port}";
}
