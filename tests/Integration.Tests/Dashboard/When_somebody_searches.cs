using Xunit;

namespace Gateway.Integration.Tests.Dashboard;

[Collection(SameGateway.Name)]
public sealed class When_somebody_searches(DashboardGateway gateway, Browser browser)
{
    [Fact]
    public async Task Should_come_to_a_webhook_by_what_it_is_about()
    {
        await using var visit = await SearchAsync(await gateway.ReferenceOfAsync(gateway.Delivered));

        await visit.IsAtAsync($"/jobs/{gateway.Delivered}?merchant_id=");

        await visit.Page.GetByText("payment.completed").First.WaitForAsync();
    }

    [Fact]
    public async Task Should_come_to_a_webhook_by_its_id()
    {
        await using var visit = await SearchAsync(gateway.Dead[0].ToString());

        await visit.IsAtAsync($"/jobs/{gateway.Dead[0]}?merchant_id=");
    }

    [Fact]
    public async Task Should_find_a_merchant_by_a_part_of_its_name()
    {
        await using var visit = await SearchAsync("söhne");

        var row = visit.Row(gateway.Gateway.MerchantId.ToString());
        Assert.Contains("merchant", await row.InnerTextAsync(), StringComparison.Ordinal);
        Assert.Contains("<script>alert('name')</script>", await row.InnerTextAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("nothing is called like this")]
    [InlineData("%")]
    public async Task Should_be_told_when_there_is_nothing(string text)
    {
        await using var visit = await SearchAsync(text);

        await visit.Page.GetByText($"Nothing is known by \"{text}\"").WaitForAsync();
    }

    private async Task<Visit> SearchAsync(string text)
    {
        var visit = await browser.OpenSignedInAsync(gateway.Site, DashboardGateway.OperatorsKey);
        await visit.GoAsync("/");
        await visit.Page.Locator("#search").FillAsync(text);
        await visit.Page.Keyboard.PressAsync("Enter");
        await visit.Page.Locator("main#main h1").Filter(new() { HasNotText = "Overview" }).WaitForAsync();
        return visit;
    }
}
