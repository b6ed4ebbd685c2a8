using Gateway.Worker.Ops;
using Gateway.Worker.Ops.Access;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Authorization;
using MudBlazor;

namespace Gateway.Worker.Dashboard.Parts;

/// <summary>Asks before something is changed, lets it be done with its row in the trail, and says what came of it.</summary>
internal sealed class ActionRunner(
    IDialogService dialogs,
    ISnackbar snackbar,
    FailureWords words,
    OperatorActions actions,
    AuthenticationStateProvider authentication,
    Visitor visitor,
    NavigationManager links,
    TimeProvider time)
{
    /// <summary>Asks whether to go on.</summary>
    /// <param name="title">What will be done, as a question.</param>
    /// <param name="text">To what, how many, and whether it can be undone.</param>
    /// <param name="button">The verb.</param>
    /// <param name="isDestructive">Whether something is lost by it.</param>
    public async Task<bool> ConfirmAsync(string title, string text, string button, bool isDestructive = false)
    {
        var parameters = new DialogParameters<ConfirmDialog>
        {
            { dialog => dialog.Text, text },
            { dialog => dialog.Button, button },
            { dialog => dialog.IsDestructive, isDestructive },
        };
        var dialog = await dialogs.ShowAsync<ConfirmDialog>(title, parameters);
        return await dialog.Result is { Canceled: false };
    }

    /// <summary>Has something counted before it is asked for.</summary>
    /// <returns>Null when it cannot be counted; why was said.</returns>
    public async Task<T?> CountAsync<T>(Func<CancellationToken, Task<Result<T>>> count)
        where T : notnull
    {
        try
        {
            var result = await count(CancellationToken.None);
            if (result.IsDone)
            {
                return result.Value;
            }

            Refuse(result.Refusal);
        }
        catch (Exception exception)
        {
            Complain(words.Of(exception));
        }

        return default;
    }

    /// <summary>Makes a change in the name of the visitor, and says what came of it.</summary>
    /// <param name="change">What the trail says was asked for.</param>
    /// <param name="make">Does it; is told in whose name.</param>
    /// <param name="say">The words for what came of it.</param>
    /// <returns>What came of it; null when it was refused or failed.</returns>
    public async Task<T?> RunAsync<T>(
        RequestedChange change, Func<string, CancellationToken, Task<Result<T>>> make, Func<T, string> say)
        where T : notnull
    {
        if (time.GetUtcNow() >= visitor.Until)
        {
            links.NavigateTo(links.Uri, forceLoad: true);
            return default;
        }

        var user = (await authentication.GetAuthenticationStateAsync()).User;
        var who = Caller.From(user, VisitorAddress.Of(user));
        try
        {
            // Not ended when the visitor leaves: what is begun is finished, and what came of it is written down.
            var result = await actions.RunAsync(who, change, token => make(who.Name, token), CancellationToken.None);
            if (result.IsDone)
            {
                snackbar.Add(Foreign.Visible(say(result.Value)), Severity.Success);
                return result.Value;
            }

            Refuse(result.Refusal);
        }
        catch (Exception exception)
        {
            Complain(words.Of(exception));
        }

        return default;
    }

    private void Refuse(Refusal refusal) =>
        Complain(refusal.Kind == RefusalKind.Forbidden ? Texts.NotAllowed : $"{refusal.Title}. {refusal.Detail}");

    private void Complain(string text) =>
        snackbar.Add(Foreign.Visible(text), Severity.Error, options => options.RequireInteraction = true);
}
