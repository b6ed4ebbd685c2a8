using Gateway.Testing.Workers;
using Xunit;

namespace Gateway.Integration.Tests.FirstHour;

/// <summary>A merchant as <c>merchants add</c> prints it.</summary>
internal sealed record AddedMerchant(string Id, string Secret)
{
    public static async Task<AddedMerchant> AddAsync(Uri url, (string Variable, string Value)[] settings)
    {
        var added = await WorkerCommand.RunAsync(["merchants", "add", "--name", "My shop", "--url", url.ToString()], settings);
        Assert.True(added.ExitCode == 0, added.Errors);
        var variables = added.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => line.Split('=', 2))
            .ToDictionary(pair => pair[0], pair => pair[1]);
        return new(variables["MERCHANT_ID"], variables["WEBHOOK_SECRET"]);
    }
}
