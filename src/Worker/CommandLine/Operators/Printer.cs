using System.Text.Json;
using System.Text.Json.Nodes;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Gateway.Worker.CommandLine.Operators;

/// <summary>Prints answers: a table at a terminal, lines of tab-separated values with a header in a pipe, or the API's own JSON.</summary>
internal sealed class Printer(IAnsiConsole console, TextWriter plain, bool isJson)
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    /// <summary>Whether somebody watches.</summary>
    public bool IsTerminal => !isJson && console.Profile.Out.IsTerminal;

    public IAnsiConsole Console => console;

    public void Print(JsonNode? answer, IEnumerable<JsonNode?> rows, params IReadOnlyList<Column> columns)
    {
        if (isJson)
        {
            plain.WriteLine(answer?.ToJsonString(Indented) ?? "{}");
        }
        else if (IsTerminal)
        {
            console.Write(ViewOf([.. rows], columns, console.Profile.Width));
        }
        else
        {
            plain.WriteLine(string.Join('\t', columns.Select(column => column.Title)));
            foreach (var row in rows)
            {
                plain.WriteLine(string.Join('\t', columns.Select(column => OneLine(column.TextOf(row)))));
            }
        }
    }

    /// <summary>Prints one sentence, or the answer where JSON is wanted.</summary>
    public void Say(JsonNode? answer, string sentence) => plain.WriteLine(isJson ? answer?.ToJsonString(Indented) ?? "{}" : sentence);

    /// <summary>A table where it fits, else a block of lines for each row, so that no figure is cut or split over lines.</summary>
    public static IRenderable ViewOf(IReadOnlyList<JsonNode?> rows, IReadOnlyList<Column> columns, int width)
    {
        const int Border = 1, AroundCell = 3;
        var needed =
            columns.Sum(column => rows.Select(row => column.TextOf(row).Length).Append(column.Title.Length).Max() + AroundCell)
                + Border;
        return needed <= width ? TableOf(rows, columns) : new Rows(rows.Select(row => BlockOf(row, columns)));
    }

    private static Padder BlockOf(JsonNode? row, IReadOnlyList<Column> columns)
    {
        var block = new Grid().AddColumn(new GridColumn().NoWrap()).AddColumn();
        foreach (var column in columns.Where(column => column.TextOf(row).Length > 0))
        {
            block.AddRow(new Text(column.Title), new Text(column.TextOf(row)));
        }

        return new Padder(block, new Padding(0, 0, 0, 1));
    }

    private static Table TableOf(IReadOnlyList<JsonNode?> rows, IReadOnlyList<Column> columns)
    {
        var table = new Table().Border(TableBorder.Rounded);
        foreach (var column in columns)
        {
            table.AddColumn(new TableColumn(new Text(column.Title)).NoWrap());
        }

        foreach (var row in rows)
        {
            table.AddRow(columns.Select(column => new Text(column.TextOf(row))));
        }

        return table;
    }

    private static string OneLine(string text) => text.Replace('\t', ' ').Replace('\n', ' ').Replace('\r', ' ');
}
