using MudBlazor;

namespace Gateway.Worker.Dashboard.Layout;

/// <summary>The pages, in the order in which the navigation shows them. A new page is a line here.</summary>
internal static class NavigationItems
{
    public static IReadOnlyList<NavigationItem> All { get; } =
    [
        new("", Texts.Overview, Icons.Material.Outlined.MonitorHeart, 'o'),
        new("jobs", Texts.Jobs, Icons.Material.Outlined.ViewList, 'j'),
        new("waiting", Texts.Waiting, Icons.Material.Outlined.HourglassEmpty, 'w'),
        new("dead-letters", Texts.DeadLetters, Icons.Material.Outlined.MarkEmailUnread, 'd'),
        new("endpoints", Texts.Endpoints, Icons.Material.Outlined.Webhook, 'e'),
        new("schedules", Texts.Schedules, Icons.Material.Outlined.Schedule, 's'),
        new("wallets", Texts.Wallets, Icons.Material.Outlined.AccountBalanceWallet, 'a'),
        new("settlement", Texts.Settlement, Icons.Material.Outlined.ReceiptLong, 'r'),
        new("outbox", Texts.Outbox, Icons.Material.Outlined.Outbox, 'b'),
        new("workers", Texts.Workers, Icons.Material.Outlined.Dns, 'k'),
        new("audit", Texts.Audit, Icons.Material.Outlined.FactCheck, 'u'),
    ];
}
