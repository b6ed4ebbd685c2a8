namespace Gateway.Worker.Ops.Access;

/// <summary>What somebody may do. Each role is the name of the policy, too, that asks for it.</summary>
public static class Roles
{
    /// <summary>Reads.</summary>
    public const string Viewer = "viewer";

    /// <summary>Reads and changes, and sees what messages say.</summary>
    public const string Operator = "operator";

    /// <summary>Lets in who may read.</summary>
    public static TBuilder ForViewers<TBuilder>(this TBuilder routes)
        where TBuilder : IEndpointConventionBuilder => routes.RequireAuthorization(Viewer);

    /// <summary>Lets in who may change something.</summary>
    public static TBuilder ForOperators<TBuilder>(this TBuilder routes)
        where TBuilder : IEndpointConventionBuilder => routes.RequireAuthorization(Operator);
}
