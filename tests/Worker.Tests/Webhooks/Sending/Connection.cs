using System.Net.Sockets;
using System.Text;

namespace Gateway.Worker.Tests.Webhooks.Sending;

/// <summary>One connection to an <see cref="Endpoint"/>, with the request that was read last.</summary>
internal sealed class Connection(Socket socket, Stream stream, CancellationToken stop)
{
    /// <summary>The request line and the headers as they came.</summary>
    public string[] Head { get; private set; } = [];

    public byte[] Body { get; private set; } = [];

    /// <summary>Which of all requests to the endpoint it is, from 1.</summary>
    public int Number { get; set; }

    /// <summary>How many bytes of an answer the system took.</summary>
    public long Written { get; private set; }

    /// <summary>Ends with the test.</summary>
    public CancellationToken Stop => stop;

    public string? Header(string name)
    {
        var prefix = name + ": ";
        return Array.Find(Head, line => line.StartsWith(prefix, StringComparison.OrdinalIgnoreCase))?[prefix.Length..];
    }

    public async Task<bool> ReadRequestAsync()
    {
        var head = new List<byte>();
        var one = new byte[1];
        while (head is not [.., (byte)'\r', (byte)'\n', (byte)'\r', (byte)'\n'])
        {
            if (await stream.ReadAsync(one, stop) == 0)
            {
                return false;
            }

            head.Add(one[0]);
        }

        Head = Encoding.Latin1.GetString([.. head]).Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        Body = new byte[int.Parse(Header("Content-Length") ?? "0", System.Globalization.CultureInfo.InvariantCulture)];
        await stream.ReadExactlyAsync(Body, stop);
        return true;
    }

    public Task WriteAsync(string text) => WriteAsync(Encoding.UTF8.GetBytes(text));

    public async Task WriteAsync(ReadOnlyMemory<byte> bytes)
    {
        await stream.WriteAsync(bytes, stop);
        await stream.FlushAsync(stop);
        Written += bytes.Length;
    }

    /// <summary>Writes the same text until the other side hangs up.</summary>
    public async Task WriteForeverAsync(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        while (true)
        {
            await WriteAsync(bytes);
        }
    }

    public Task HangAsync() => Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, stop);

    public void Close() => stream.Dispose();

    public void Reset()
    {
        socket.LingerState = new LingerOption(enable: true, seconds: 0);
        socket.Close();
    }
}
