using Xunit;

namespace Gateway.Integration.Tests.Dashboard;

[Collection(SameGateway.Name)]
public sealed class When_somebody_looks_at_each_page(DashboardGateway gateway, Browser browser)
{
    public static TheoryData<string> Looks => [.. Look.All.Select(look => look.Name)];

    [Theory]
    [MemberData(nameof(Looks))]
    public async Task Should_see_and_use_all_of_it(string name)
    {
        await using var visit = await browser.OpenAsync(gateway.Site, Look.All.Single(look => look.Name == name));
        await visit.Page.GotoAsync("/sign-in");
        await visit.PictureAsync("sign-in");
        await visit.IsSoundAsync();
        await visit.SignInAsync(DashboardGateway.OperatorsKey);
        (string Path, string Picture)[] pages =
        [
            ("/", "overview"),
            ("/jobs", "jobs"),
            ($"/jobs/{gateway.Stays}", "job"),
            ("/waiting", "waiting"),
            ("/dead-letters", "dead-letters"),
            ($"/endpoints?merchant_id={gateway.Waiter}", "endpoints"),
            ("/schedules", "schedules"),
            ("/outbox", "outbox"),
            ("/wallets", "wallets"),
            ("/settlement", "settlement"),
            ($"/payments/{gateway.Payment}", "payment"),
            ("/audit", "audit"),
            ("/workers", "workers"),
            ("/search?q=merchant", "search"),
        ];
        foreach (var (path, picture) in pages)
        {
            await visit.GoAsync(path);
            await visit.PictureAsync(picture);
            await visit.IsSoundAsync();
        }
    }
}
