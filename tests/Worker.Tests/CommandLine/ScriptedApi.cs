using System.Net;
using System.Text;

namespace Gateway.Worker.Tests.CommandLine;

/// <summary>Answers in the place of a worker's API.</summary>
internal sealed class ScriptedApi : HttpMessageHandler
{
    private readonly Dictionary<string, Queue<string>> _answers = [];
    private (HttpStatusCode Status, string Body) _otherwise = (HttpStatusCode.OK, "{}");

    /// <summary>What was asked, in its order.</summary>
    public List<string> Requests { get; } = [];

    /// <summary>The bodies of those requests that had one.</summary>
    public List<string> Bodies { get; } = [];

    public bool IsAway { get; set; }

    /// <summary>Answers a path so, one after the other.</summary>
    public void Answers(string path, params string[] bodies) => _answers[path] = new Queue<string>(bodies);

    /// <summary>Answers every other path so.</summary>
    public void AnswersAll(string body) => _otherwise = (HttpStatusCode.OK, body);

    public void Fails(HttpStatusCode status, string body) => _otherwise = (status, body);

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (IsAway)
        {
            throw new HttpRequestException("Connection refused");
        }

        Requests.Add($"{request.Method} {request.RequestUri!.PathAndQuery}");
        if (request.Content is { } content)
        {
            Bodies.Add(await content.ReadAsStringAsync(cancellationToken));
        }

        var (status, body) = _answers.TryGetValue(request.RequestUri.AbsolutePath, out var answers) && answers.TryDequeue(out var scripted)
            ? (HttpStatusCode.OK, scripted)
            : _otherwise;
        return new HttpResponseMessage(status) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
    }
}
