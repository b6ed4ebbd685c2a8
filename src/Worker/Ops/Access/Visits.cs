namespace Gateway.Worker.Ops.Access;

/// <summary>Routes that people visit in a browser. Who is not signed in is led to where one signs in; elsewhere he is refused.</summary>
public static class Visits
{
    /// <summary>The scheme that knows a visitor by his cookie.</summary>
    public const string SchemeName = "Visitor";

    /// <summary>The cookie.</summary>
    public const string CookieName = "gateway-visitor";

    /// <summary>Says that a route is visited, by who may read.</summary>
    public static TBuilder ForVisitors<TBuilder>(this TBuilder routes)
        where TBuilder : IEndpointConventionBuilder => routes.ForViewers().WithMetadata(Mark.Instance);

    extension(HttpContext context)
    {
        /// <summary>Whether such a route is asked for.</summary>
        public bool IsVisit => context.GetEndpoint()?.Metadata.GetMetadata<Mark>() is not null;
    }

    private sealed class Mark
    {
        public static Mark Instance { get; } = new();
    }
}
