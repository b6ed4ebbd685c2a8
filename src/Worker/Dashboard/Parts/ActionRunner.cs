using MudBlazor;

namespace Gateway.Worker.Dashboard.Parts;

/// <summary>Asks before something is changed, lets it be done, and says what came of it.</summary>
internal sealed class ActionRunner(IDialogService dialogs, ISnackbar snackbar, FailureWords words)
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

    /// <summary>Does it, and says the words that come back, or why it was not done.</summary>
    public async Task RunAsync(Func<Task<string>> act)
    {
        try
        {
            snackbar.Add(await act(), Severity.Success);
        }
        catch (Exception exception)
        {
            snackbar.Add(words.Of(exception), Severity.Error, options => options.RequireInteraction = true);
        }
    }
}
