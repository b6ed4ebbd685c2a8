namespace Gateway.Worker.Dashboard;

/// <summary>The one who looks at a page: whether the page is before somebody's eyes, and which theme it has.</summary>
public sealed class Visitor
{
    private bool _isVisible = true;
    private bool _isConnected = true;

    /// <summary>False while the tab is hidden or the connection broken: then nothing is asked for it.</summary>
    public bool IsLooking => _isVisible && _isConnected;

    /// <summary>When his sign-in is over; null where nobody signs in.</summary>
    public DateTimeOffset? Until { get; set; }

    /// <summary>Somebody looks again after a while.</summary>
    public event Action? LookedAgain;

    /// <summary>The tab was shown or hidden.</summary>
    public void SetVisible(bool isVisible) => Set(isVisible, _isConnected);

    /// <summary>The connection was lost or is back.</summary>
    public void SetConnected(bool isConnected) => Set(_isVisible, isConnected);

    private void Set(bool isVisible, bool isConnected)
    {
        var looked = IsLooking;
        (_isVisible, _isConnected) = (isVisible, isConnected);
        if (!looked && IsLooking)
        {
            LookedAgain?.Invoke();
        }
    }
}
