using MudBlazor;

namespace Gateway.Worker.Dashboard;

/// <summary>Colours and sizes: calm, dense, and at least 4.5 : 1 between text and what is behind it.</summary>
internal static class DashboardTheme
{
    private static readonly string[] Fonts =
    [
        "system-ui", "-apple-system", "Segoe UI", "Roboto", "Helvetica Neue", "Noto Sans", "Liberation Sans", "DejaVu Sans", "sans-serif",
    ];

    public static MudTheme Theme { get; } = new()
    {
        PaletteLight = new PaletteLight
        {
            Primary = "#1d4ed8",
            Secondary = "#475569",
            Info = "#0369a1",
            Success = "#136c37",
            Warning = "#9a4508",
            Error = "#b91c1c",
            Dark = "#334155",
            Background = "#f6f7f9",
            BackgroundGray = "#eef0f3",
            Surface = "#ffffff",
            AppbarBackground = "#ffffff",
            AppbarText = "#0f172a",
            DrawerBackground = "#ffffff",
            DrawerText = "#334155",
            DrawerIcon = "#475569",
            TextPrimary = "#0f172a",
            TextSecondary = "#475569",
            TextDisabled = "#64748b",
            ActionDefault = "#475569",
            LinesDefault = "#e2e6ec",
            LinesInputs = "#94a3b8",
            TableLines = "#e8ebf0",
            TableHover = "#f2f5fa",
            Divider = "#e2e6ec",
        },
        PaletteDark = new PaletteDark
        {
            Primary = "#7aa7ff",
            PrimaryContrastText = "#0b1220",
            Secondary = "#a3b0c2",
            SecondaryContrastText = "#0b1220",
            Info = "#67c3f3",
            InfoContrastText = "#0b1220",
            Success = "#5fd38d",
            SuccessContrastText = "#0b1220",
            Warning = "#f2b155",
            WarningContrastText = "#0b1220",
            Error = "#ff8a8a",
            ErrorContrastText = "#0b1220",
            Dark = "#8b98ab",
            Background = "#0e131b",
            BackgroundGray = "#151c27",
            Surface = "#161d29",
            AppbarBackground = "#161d29",
            AppbarText = "#e6ebf2",
            DrawerBackground = "#131a24",
            DrawerText = "#c3cddb",
            DrawerIcon = "#a3b0c2",
            TextPrimary = "#e6ebf2",
            TextSecondary = "#a3b0c2",
            TextDisabled = "#8391a5",
            ActionDefault = "#a3b0c2",
            LinesDefault = "#263041",
            LinesInputs = "#55637a",
            TableLines = "#222c3b",
            TableHover = "#1b2432",
            Divider = "#263041",
        },
        Typography = new Typography
        {
            Default = new DefaultTypography { FontFamily = Fonts, FontSize = ".875rem", LineHeight = "1.43", LetterSpacing = "normal" },
            Body1 = new Body1Typography { FontFamily = Fonts, FontSize = ".875rem", LineHeight = "1.5", LetterSpacing = "normal" },
            Body2 = new Body2Typography { FontFamily = Fonts, FontSize = ".8125rem", LineHeight = "1.45", LetterSpacing = "normal" },
            Button = new ButtonTypography
            {
                FontFamily = Fonts,
                FontSize = ".8125rem",
                FontWeight = "600",
                LetterSpacing = "normal",
                TextTransform = "none",
            },
            Caption = new CaptionTypography { FontFamily = Fonts, FontSize = ".75rem", LetterSpacing = "normal" },
            H5 = new H5Typography { FontFamily = Fonts, FontSize = "1.25rem", FontWeight = "650", LetterSpacing = "normal" },
            H6 = new H6Typography { FontFamily = Fonts, FontSize = "1rem", FontWeight = "650", LetterSpacing = "normal" },
            Subtitle2 = new Subtitle2Typography { FontFamily = Fonts, FontSize = ".8125rem", FontWeight = "600", LetterSpacing = "normal" },
        },
        LayoutProperties = new LayoutProperties { DefaultBorderRadius = "6px", DrawerWidthLeft = "204px", AppbarHeight = "48px" },
    };
}
