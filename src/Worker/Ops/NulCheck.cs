namespace Gateway.Worker.Ops;

/// <summary>
/// Refuses a request with a NUL character in its query. PostgreSQL takes none, so no text here has one, and to look for it is a mistake.
/// Bodies are checked by <see cref="TextWithoutNul"/>, and a path with one is refused by the server itself.
/// </summary>
internal sealed class NulCheck(RequestDelegate next)
{
    /// <summary>What is said of a value that holds one, after its name.</summary>
    public const string Complaint = "holds a NUL character, which no text here has";

    /// <summary>Checks one request.</summary>
    public Task InvokeAsync(HttpContext context)
    {
        string[] complaints =
        [
            .. context.Request.Query.Where(field => field.Value.Any(value => value?.Contains('\0') == true))
                .Select(field => $"{field.Key} {Complaint}"),
        ];
        return complaints.Length == 0
            ? next(context)
            : Problems.Create(StatusCodes.Status400BadRequest, "Not a valid filter", string.Join("; ", complaints) + ".")
                .ExecuteAsync(context);
    }
}
