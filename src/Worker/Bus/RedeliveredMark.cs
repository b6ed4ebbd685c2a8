namespace Gateway.Worker.Bus;

/// <summary>What a message says that the broker had handed out before it was sent anew: it may have been worked on.</summary>
internal static class RedeliveredMark
{
    /// <summary>The header; <c>true</c> where it is so.</summary>
    public const string Header = "Gateway-Redelivered";

    /// <summary>Its value.</summary>
    public const string Value = "true";
}
