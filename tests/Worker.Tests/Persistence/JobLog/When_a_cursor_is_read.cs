using Gateway.Persistence.JobLog;
using Gateway.Tests.Persistence;
using Xunit;

namespace Gateway.Worker.Tests.Persistence.JobLog;

public class When_a_cursor_is_read
{
    [Fact]
    public void Should_be_what_was_written()
    {
        var cursor = new JobCursor(Rows.Noon, Guid.CreateVersion7());

        Assert.True(JobCursor.TryParse(cursor.ToString(), null, out var read));
        Assert.Equal(cursor, read);
        Assert.Equal(DateTimeKind.Utc, read.StartedAt.Kind);
        Assert.Matches("^[A-Za-z0-9_-]{32}$", cursor.ToString());
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("not a cursor")]
    [InlineData("AAAA")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("f_________________________________AA")]
    [InlineData("f_______________________________")]
    [InlineData("________________________________")]
    public void Should_be_refused(string? text)
    {
        Assert.False(JobCursor.TryParse(text, null, out _));
        Assert.Throws<FormatException>(() => JobCursor.Parse(text!, null));
    }
}
