using Gateway.Persistence.GatewayTables;
using Gateway.Persistence.JobLog;
using Gateway.Persistence.Recording;
using Gateway.Persistence.Search;
using Xunit;

namespace Gateway.Tests.Persistence;

/// <summary>"Where is the webhook of order A-17?", the same on every database.</summary>
public abstract class When_something_is_searched(TestDatabase database)
{
    private readonly Merchant _merchant = Rows.Merchant();
    private readonly string _word = $"{Guid.CreateVersion7():N}";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Should_find_a_payment_by_its_id_reference_order_and_hash()
    {
        var payment = Payment();
        await database.AddAsync(_merchant, payment);

        Assert.Equal(
            ["Payment id", "Payment payment_reference", "Payment order_id", "Payment tx_hash"],
            [
                await FindOneAsync($"{payment.Id}", payment.Id), await FindOneAsync($"ref {_word}", payment.Id),
                await FindOneAsync($"order {_word}", payment.Id), await FindOneAsync($"0x{_word}", payment.Id),
            ]);
    }

    [Fact]
    public async Task Should_find_a_merchant_by_its_id_and_a_part_of_its_name()
    {
        var merchant = new Merchant
        {
            Id = Guid.CreateVersion7(),
            Email = $"{_word}@merchant.example",
            BusinessName = $"100%_{_word} Coffee",
            OwnerFullName = "o",
            CreatedAt = Rows.Noon,
            UpdatedAt = Rows.Noon,
        };
        await database.AddAsync(merchant);

        Assert.Equal("Merchant id", await FindOneAsync($"{merchant.Id}", merchant.Id));
        Assert.Equal("Merchant name", await FindOneAsync($"%_{_word[..20].ToUpperInvariant()}", merchant.Id));
        Assert.Empty((await SearchAsync($"1%{_word}")).Things);
    }

    [Fact]
    public async Task Should_find_a_webhook_by_its_id_and_by_what_it_is_about_attempted_or_not()
    {
        var (attempted, waiting) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        await database.Get<JobRecorder>().RecordAsync(Run(attempted, JobState.Dead), Cancellation);
        await database.AddAsync(Waiting(waiting));

        var about = await SearchAsync(_word);

        Assert.Equal("Webhook id", await FindOneAsync($"{attempted}", attempted));
        Assert.Equal("Webhook id", await FindOneAsync($"{waiting}", waiting));
        Assert.Equal(
            new[] { (attempted, "dead", "reference"), (waiting, "queued", "reference") }.Order(),
            about.Things.Select(thing => (thing.Id, thing.State!, thing.By)).Order());
    }

    [Fact]
    public async Task Should_find_nothing_that_the_gateway_deleted()
    {
        var payment = Payment();
        payment.DeletedAt = Rows.Noon;
        await database.AddAsync(_merchant, payment);

        Assert.Empty((await SearchAsync($"order {_word}")).Things);
    }

    private async Task<string> FindOneAsync(string text, Guid id)
    {
        var found = Assert.Single((await SearchAsync(text)).Things);
        Assert.Equal(id, found.Id);
        return $"{found.Kind} {found.By}";
    }

    private Task<FoundThings> SearchAsync(string text) => database.Get<TextSearch>().FindAsync(text, Cancellation);

    private Payment Payment() => new()
    {
        Id = Guid.CreateVersion7(),
        MerchantId = _merchant.Id,
        AmountVnd = 650_000,
        AmountCrypto = 25,
        Currency = "USDT",
        Chain = "bsc",
        ExchangeRate = 26_000,
        OrderId = $"order {_word}",
        TxHash = $"0x{_word}",
        PaymentReference = $"ref {_word}",
        DestinationWallet = "w",
        ExpiresAt = Rows.Noon,
        CreatedAt = Rows.Noon,
        UpdatedAt = Rows.Noon,
    };

    private JobRun Run(Guid id, JobState state) => new()
    {
        RunId = RunId.At(Rows.Noon),
        JobId = id,
        JobType = "webhook:delivery",
        Queue = "webhooks",
        Attempt = 1,
        State = state,
        MerchantId = _merchant.Id.ToString(),
        Event = "payment.completed",
        Reference = _word,
        StartedAt = Rows.Noon,
        DurationMs = 1,
    };

    private Gateway.Persistence.Waiting.WaitingWebhook Waiting(Guid id) => new()
    {
        DeliveryId = id,
        MerchantId = _merchant.Id,
        DueAt = Rows.Noon,
        WaitsSince = Rows.Noon,
        EnqueuedAt = Rows.Noon,
        Reason = Gateway.Persistence.Waiting.WaitReason.CircuitOpen,
        Attempt = 1,
        Event = "payment.completed",
        Reference = _word,
        Message = [],
    };
}
