using Gateway.Tests.Persistence;
using Xunit;

namespace Gateway.Worker.Tests.Persistence;

public sealed class When_webhooks_are_released_on_Sqlite(SqliteDatabase database) : When_webhooks_are_released(database), IClassFixture<SqliteDatabase>
{
    [Fact]
    public async Task Should_send_again_what_was_on_the_road_when_the_process_ended()
    {
        var merchant = await AddMerchantAsync();
        await LetWaitAsync(Rows.Waiting(merchant, Past));
        var released = Assert.Single(await Room.TakeAsync(Limits(), Cancellation));

        await Room.EndLeasesAsync(Cancellation);

        Assert.Equal(released.Key, Assert.Single(await Room.TakeAsync(Limits(), Cancellation)).Key);
    }
}
