using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Gateway.Testing;
using Gateway.Testing.Servers;
using Gateway.Testing.Workers;
using Xunit;

namespace Gateway.Integration.Tests.Ops.Queues;

public sealed class When_the_management_API_does_not_answer(When_the_management_API_does_not_answer.Worker worker)
    : IClassFixture<When_the_management_API_does_not_answer.Worker>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("")]
    [InlineData("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n{\"a\": [1}")]
    [InlineData("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 14\r\n\r\n[null, {}, []]")]
    [InlineData("HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 6\r\n\r\n<html>")]
    [InlineData("HTTP/1.1 401 Unauthorized\r\ncontent-length: 0\r\n\r\n")]
    [InlineData("hangs")]
    public async Task Should_ask_for_each_queue_and_say_what_is_not_known(string answer)
    {
        worker.Answer = answer;
        var merchant = (await worker.AddMerchant()).Answers(410);
        var delivery = await worker.Publish(merchant);
        await worker.WaitUntilEndedAsync(delivery.DeliveryId);

        var queue = await Eventually.Read(
            async () => (await worker.ViewersApi.GetFromJsonAsync<JsonElement[]>("/api/queues", Cancellation))!.Single(q => q.GetProperty("queue").GetString() == "webhooks"),
            q => q.GetProperty("dead").GetInt64() > 0,
            "the dead letter is counted");

        Assert.Equal(["active"], queue.GetProperty("unknown").EnumerateArray().Select(u => u.GetString()));
        Assert.False(queue.TryGetProperty("active", out _));
        Assert.Equal((0, 1), (queue.GetProperty("ready").GetInt64(), queue.GetProperty("consumers").GetInt32()));
        Assert.True(queue.GetProperty("failed_today").GetInt64() > 0);
    }

    public sealed class Worker : TestWorker
    {
        private readonly TcpListener _management = new(IPAddress.Loopback, 0);

        public Worker(TestServers servers)
            : base(servers)
        {
            _management.Start();
            _ = AnswerAsync();
        }

        /// <summary>What the false management API answers, byte for byte.</summary>
        public string Answer { get; set; } = "";

        protected override IEnumerable<(string, string)> MoreSettings => [("RABBITMQ_MANAGEMENT_URL", $"http://{_management.LocalEndpoint}")];

        private async Task AnswerAsync()
        {
            while (true)
            {
                var client = await _management.AcceptTcpClientAsync(Cancellation);
                if (Answer == "hangs")
                {
                    continue;
                }

                using (client)
                {
                    var buffer = new byte[4096];
                    await client.GetStream().ReadAtLeastAsync(buffer, 1, cancellationToken: Cancellation);
                    await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(Answer), Cancellation);
                }
            }
        }
    }
}
