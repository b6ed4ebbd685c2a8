using Microsoft.AspNetCore.Components;

namespace Gateway.Worker.Dashboard.Parts;

/// <summary>
/// A page that reads its data when it is opened and again every few seconds, as long as somebody looks. What it has shown stays when a
/// later reading fails, with a line that says so.
/// </summary>
public abstract class LivePage : ComponentBase, IAsyncDisposable
{
    private readonly CancellationTokenSource _leaving = new();
    private ITimer? _timer;
    private bool _isReading;
    private bool _isOutdated;
    private bool _hasRead;

    /// <summary>Creates the page.</summary>
    protected LivePage() => Leaving = _leaving.Token;

    /// <summary>Where the reading stands.</summary>
    public PageState Reading { get; private set; } = PageState.Loading;

    /// <summary>Why the last reading failed, in words; null when it did not.</summary>
    public string? Failure { get; private set; }

    /// <summary>When what is shown was read, UTC.</summary>
    public DateTime? ReadAt { get; private set; }

    /// <summary>Who looks.</summary>
    [Inject]
    protected Visitor Visitor { get; set; } = null!;

    /// <summary>The time.</summary>
    [Inject]
    protected TimeProvider Time { get; set; } = null!;

    /// <summary>Where the visitor is.</summary>
    [Inject]
    protected NavigationManager Links { get; set; } = null!;

    /// <summary>Says in words what went wrong.</summary>
    [Inject]
    internal FailureWords Words { get; set; } = null!;

    /// <summary>How often the page reads again; null for never.</summary>
    protected virtual TimeSpan? Every => TimeSpan.FromSeconds(5);

    /// <summary>Ends when the visitor leaves the page, who may do so while something that he asked for is still being done.</summary>
    protected CancellationToken Leaving { get; }

    /// <summary>Reads what the page shows, by a use case.</summary>
    protected abstract Task ReadAsync(CancellationToken cancellationToken);

    /// <summary>Reads again now, such as after a change.</summary>
    public async Task ReloadAsync()
    {
        if (_isReading)
        {
            // What is being read was asked for before, such as with the previous filters.
            _isOutdated = true;
            return;
        }

        if (Time.GetUtcNow() >= Visitor.Until)
        {
            // The worker asks him to sign in again.
            Links.NavigateTo(Links.Uri, forceLoad: true);
            return;
        }

        _isReading = true;
        try
        {
            do
            {
                _isOutdated = false;
                await ReadAsync(Leaving);
            }
            while (_isOutdated);

            (Reading, Failure, ReadAt, _hasRead) = (PageState.Ready, null, Time.GetUtcNow().UtcDateTime, true);
        }
        catch (OperationCanceledException) when (Leaving.IsCancellationRequested)
        {
            return;
        }
        catch (Exception exception)
        {
            Failure = Words.Of(exception);
            Reading = _hasRead ? PageState.Stale : PageState.Failed;
        }
        finally
        {
            _isReading = false;
        }

        StateHasChanged();
    }

    /// <inheritdoc/>
    protected override void OnInitialized()
    {
        Visitor.LookedAgain += OnLookedAgain;
        if (Every is { } period)
        {
            _timer = Time.CreateTimer(_ => Tick(), null, period, period);
        }
    }

    /// <inheritdoc/>
    protected override Task OnParametersSetAsync() => ReloadAsync();

    /// <summary>Ends the reading of the page.</summary>
    public virtual async ValueTask DisposeAsync()
    {
        Visitor.LookedAgain -= OnLookedAgain;
        if (_timer is not null)
        {
            await _timer.DisposeAsync();
        }

        await _leaving.CancelAsync();
        _leaving.Dispose();
        GC.SuppressFinalize(this);
    }

    private void OnLookedAgain() => _ = InvokeAsync(ReloadAsync);

    private void Tick()
    {
        if (Visitor.IsLooking)
        {
            _ = InvokeAsync(() => _isReading ? Task.CompletedTask : ReloadAsync());
        }
    }
}
