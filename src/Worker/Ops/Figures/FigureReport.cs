using Gateway.Contracts;
using Gateway.Persistence.Figures;

namespace Gateway.Worker.Ops.Figures;

/// <summary>Answers how many attempts there were, how they ended and how long they took.</summary>
public sealed class FigureReport(FigureReader figures, TimeProvider time)
{
    private const int DefaultLimit = 100;
    private const int MaxLimit = 1_000;

    private static readonly TimeSpan DefaultSpan = TimeSpan.FromHours(24);
    private static readonly TimeSpan LongestByMinute = TimeSpan.FromHours(24);
    // All merchants have some 100,000 rows a day, one merchant a few dozen.
    private static readonly TimeSpan LongestOfAllMerchants = TimeSpan.FromDays(7);

    private static readonly string[] Groups = [.. Enum.GetNames<FigureGroup>().Select(name => name.ToLowerInvariant())];

    /// <summary>The figures.</summary>
    public async Task<Result<FiguresResponse>> ReadAsync(FiguresRequest request, CancellationToken cancellationToken)
    {
        var text = new FilterText();
        var limit = text.Limit(request.Limit, DefaultLimit, MaxLimit);
        var now = time.GetUtcNow().UtcDateTime;
        var to = text.Time("to", request.To) ?? now;
        var from = text.Time("from", request.From) ?? (to < DateTime.UnixEpoch ? to : to - DefaultSpan);
        if (text.Complaint is { } unreadable)
        {
            return NoSuch(unreadable);
        }

        if (!Groups.Contains(request.By ?? Groups[0]))
        {
            return NoSuch($"by '{request.By}' is not one of {string.Join(", ", Groups)}.");
        }

        var by = request.By is null ? FigureGroup.Queue : Enum.Parse<FigureGroup>(request.By, ignoreCase: true);
        var question = RoundToSteps(
            new FigureQuestion
            {
                By = by,
                From = from,
                To = to,
                Queue = request.Queue,
                JobType = request.Type,
                MerchantId = DeliverWebhook.MerchantIdOf(request.MerchantId),
                Event = request.Event,
            },
            now);
        if (WhyNot(question, to - from, now) is { } complaint)
        {
            return NoSuch(complaint);
        }

        var totals = await figures.ReadAsync(question, cancellationToken);
        var ordered = by is FigureGroup.Minute or FigureGroup.Hour
            ? totals.OrderBy(total => total.Key, StringComparer.Ordinal)
            : totals.OrderByDescending(total => total.Attempts).ThenBy(total => total.Key, StringComparer.Ordinal).Take(limit);
        var span = by switch
        {
            FigureGroup.Minute => TimeSpan.FromMinutes(1),
            FigureGroup.Hour => TimeSpan.FromHours(1),
            _ => question.To - question.From,
        };
        return new FiguresResponse
        {
            By = by.ToString().ToLowerInvariant(),
            From = question.From,
            To = question.To,
            Approximate = question.IsOfMerchants,
            Figures = [.. ordered.Select(total => FigureResponse.From(total, span))],
        };
    }

    private static Refusal NoSuch(string complaint) => Refusal.Invalid("No such figures", complaint);

    // The asked time is judged, before it is made whole minutes or hours.
    private static string? WhyNot(FigureQuestion question, TimeSpan asked, DateTime now)
    {
        if (question is { IsOfMerchants: true, IsOfJobs: true })
        {
            return "Merchants and events are counted by the hour, and apart from queues, types of jobs and minutes: "
                + "ask for one or the other.";
        }

        if (question.To < DateTime.UnixEpoch)
        {
            return "to is before 1970.";
        }

        if (asked <= TimeSpan.Zero)
        {
            return "from is not before to.";
        }

        if (question.From < now - CountRetention.Kept - TimeSpan.FromHours(1))
        {
            return $"from is more than {CountRetention.Kept.TotalDays:0} days ago, and figures are kept no longer.";
        }

        if (question.By == FigureGroup.Minute
            && (asked > LongestByMinute || question.From < CountRetention.FirstHourByMinute(now)))
        {
            return $"By the minute there are figures of the last {CountRetention.KeptByMinute.TotalDays:0} days, "
                + $"{LongestByMinute.TotalHours:0} hours at a time: name a shorter or later time, or ask by hour.";
        }

        return question is { IsOfMerchants: true, MerchantId: null } && asked > LongestOfAllMerchants
            ? $"Of all merchants there are figures of {LongestOfAllMerchants.TotalDays:0} days at a time: "
                + "name a shorter time, or one merchant with merchant_id."
            : null;
    }

    // To whole minutes, or to whole hours where there are no others.
    private static FigureQuestion RoundToSteps(FigureQuestion question, DateTime now)
    {
        var isByHour = question.By == FigureGroup.Hour || question.IsOfMerchants || question.From < CountRetention.FirstHourByMinute(now);
        var step = isByHour ? TimeSpan.TicksPerHour : TimeSpan.TicksPerMinute;
        var end = question.To.Ticks + step - 1;
        return question with
        {
            From = new DateTime(question.From.Ticks - (question.From.Ticks % step), DateTimeKind.Utc),
            To = new DateTime(Math.Min(end - (end % step), DateTime.MaxValue.Ticks), DateTimeKind.Utc),
        };
    }
}
