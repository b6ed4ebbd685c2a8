namespace Gateway.Persistence.Waiting;

/// <summary>How many entries match a filter.</summary>
/// <param name="Waiting">Those that are not on the road.</param>
/// <param name="OnTheRoad">Those that are.</param>
/// <param name="OfDisabled">Those of <paramref name="Waiting"/> whose endpoint is disabled.</param>
public sealed record WaitingCount(int Waiting, int OnTheRoad, int OfDisabled);
