using Microsoft.AspNetCore.Components;

namespace Gateway.Worker.Dashboard.Parts;

/// <summary>A page with filters, which are in its address, so that it can be sent to somebody.</summary>
public abstract class ListPage : LivePage
{
    /// <summary>Where the page of the list starts; null for the first.</summary>
    [SupplyParameterFromQuery(Name = "cursor")]
    public string? Cursor { get; set; }

    /// <summary>Why the filters cannot be understood; null when they can.</summary>
    protected string? Complaint { get; set; }

    /// <summary>Sets a filter, and goes back to the beginning of the list.</summary>
    protected void Filter(string name, string? value) => Go(new Dictionary<string, object?>
    {
        [name] = string.IsNullOrWhiteSpace(value) ? null : value.Trim(),
        ["cursor"] = null,
    });

    /// <summary>Goes on in the list.</summary>
    protected void GoOn(string? cursor) => Go(new Dictionary<string, object?> { ["cursor"] = cursor });

    private void Go(Dictionary<string, object?> parameters) => Links.NavigateTo(Links.GetUriWithQueryParameters(parameters));
}
