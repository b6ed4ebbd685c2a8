using System.Security.Cryptography.X509Certificates;
using System.Text;
using Gateway.Integration.Tests.Survival;
using Gateway.Persistence;
using Gateway.Testing;
using Gateway.Testing.Network;
using Gateway.Testing.Servers;
using Gateway.Testing.Workers;
using Gateway.Worker.Configuration;
using Gateway.Worker.Servers;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Gateway.Integration.Tests.Persistence;

/// <summary>A PostgreSQL that speaks TLS, with certificates of every kind.</summary>
public sealed class When_PostgreSQL_is_reached_by_TLS(OwnPostgres own) : IClassFixture<OwnPostgres>, IDisposable
{
    private readonly TestAuthority _authority = new("the company's");
    private readonly TestAuthority _stranger = new("somebody's");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private PostgresServer Postgres => own.Servers.Postgres;

    [Fact]
    public async Task Should_show_a_certificate_of_its_own_with_the_intermediate_one_of_its_file()
    {
        await using var gateway = await Deployment.CreateAsync(own.Servers);
        using var certificate = _authority.Issue(Postgres.Host);
        await EncryptAsync(gateway.Database, certificate);
        (gateway.Settings["DB_SSL_MODE"], gateway.Settings["DB_CA_FILE"]) = ("verify-full", _authority.File);
        using var department = new TestAuthority("a department's", above: _authority);
        using var mine = department.Issue("worker");
        (gateway.Settings["DB_CERT_FILE"], gateway.Settings["DB_KEY_FILE"]) = department.Write(mine);

        await gateway.StartWorkerAsync();

        const string OfWorkers = "from pg_stat_ssl join pg_stat_activity using (pid) where application_name = 'Gateway.Worker'";
        Assert.InRange(await gateway.QueryAsync($"select count(*) {OfWorkers} and ssl and client_dn = '/CN=worker'"), 1, long.MaxValue);
        Assert.Equal(0, await gateway.QueryAsync($"select count(*) {OfWorkers} and (not ssl or client_dn is distinct from '/CN=worker')"));
    }

    [Theory]
    [InlineData("HOST", 1, true, "verify-full", "the certificate of HOST is not to be trusted (PartialChain): it does not come from an authority in the file of DB_CA_FILE")]
    [InlineData("HOST", -1, false, "verify-full", "the certificate of HOST is valid from ")]
    [InlineData("db.example.com", 1, false, "verify-full", "the certificate of HOST is for another name: db.example.com")]
    [InlineData("HOST", 1, true, "verify-ca", "the certificate of HOST is not to be trusted (PartialChain): it does not come from an authority in the file of DB_CA_FILE")]
    [InlineData("db.example.com", 1, false, "verify-ca", "")]
    public async Task Should_be_believed_or_told_what_is_wrong_with_the_certificate(
        string name, int validTo, bool isOfStranger, string mode, string complaint)
    {
        await using var database = await Postgres.CreateDatabaseAsync(Cancellation);
        using var certificate = (isOfStranger ? _stranger : _authority).Issue(InPlaceOfHost(name), from: -10, to: validTo);
        await EncryptAsync(database, certificate);

        // On a busy machine its time may be over before the certificate is seen.
        var told = await Eventually.Read(
            () => ComplaintAsync(database, mode),
            told => told.Length == 0 || told.StartsWith("the certificate of ", StringComparison.Ordinal),
            "PostgreSQL answers, or its certificate is refused");

        Assert.Equal(complaint.Length == 0, told.Length == 0);
        Assert.StartsWith(InPlaceOfHost(complaint), told, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Should_be_waited_for_by_a_worker_that_does_not_believe_it()
    {
        await using var gateway = await Deployment.CreateAsync(own.Servers);
        using var certificate = _stranger.Issue(Postgres.Host);
        await EncryptAsync(gateway.Database, certificate);
        (gateway.Settings["DB_SSL_MODE"], gateway.Settings["DB_CA_FILE"]) = ("verify-full", _authority.File);

        await using var worker = WorkerProcess.Launch(gateway.Settings);

        await worker.WaitUntilLoggedAsync("Waiting for PostgreSQL at ");
        await worker.WaitUntilLoggedAsync(
            InPlaceOfHost("the certificate of HOST is not to be trusted (PartialChain): it does not come from an authority in the file of DB_CA_FILE"));
    }

    public void Dispose()
    {
        _authority.Dispose();
        _stranger.Dispose();
    }

    // As the worker asks at its start, and what its log would say.
    private async Task<string> ComplaintAsync(PostgresDatabase database, string mode)
    {
        var variables = WorkerEnvironment.For(database).With(new Dictionary<string, string>
        {
            ["DB_SSL_MODE"] = mode,
            ["DB_CA_FILE"] = _authority.File,
        });
        var settings = new Settings(variables.ToConfiguration());
        var options = DatabaseOptions.Read(settings);
        settings.ThrowIfInvalid();
        await using var services = new ServiceCollection().AddLogging().AddDatabase(GatewayMode.Full, options).BuildServiceProvider();
        await using var db = await services.GetRequiredService<IDbContextFactory<GatewayDbContext>>().CreateDbContextAsync(Cancellation);
        var refusal = await Record.ExceptionAsync(() => db.Database.SqlQuery<int>($"""select 1 as "Value" """).SingleAsync(Cancellation));
        return refusal?.GetBaseException().Message ?? "";
    }

    private string InPlaceOfHost(string text) => text.Replace("HOST", Postgres.Host, StringComparison.Ordinal);

    private async Task EncryptAsync(PostgresDatabase database, X509Certificate2 certificate)
    {
        using var key = certificate.GetECDsaPrivateKey()!;
        await WriteAsync(database, "server.crt", certificate.ExportCertificatePem());
        await WriteAsync(database, "server.key", key.ExportPkcs8PrivateKeyPem());
        await WriteAsync(database, "root.crt", await File.ReadAllTextAsync(_authority.File, Cancellation));
        await database.ExecuteAsync("alter system set ssl_ca_file = 'root.crt'");
        await database.ExecuteAsync("alter system set ssl = on");
        await Postgres.RestartAsync(Cancellation);
    }

    // The server writes it itself, into its folder: it takes no key that others may read.
    private static async Task WriteAsync(PostgresDatabase database, string file, string text) => await database.ExecuteAsync(
        $"copy (select '{Convert.ToBase64String(Encoding.ASCII.GetBytes(text))}') to program 'umask 077; base64 -d > {file}'");
}
