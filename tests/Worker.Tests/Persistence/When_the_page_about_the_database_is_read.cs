using System.Text.RegularExpressions;
using Gateway.Persistence;
using Gateway.Testing;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Gateway.Worker.Tests.Persistence;

/// <summary>A gateway's engineers go by docs/database.md, and <c>migrate</c> by the model.</summary>
public sealed partial class When_the_page_about_the_database_is_read
{
    private static readonly string Page = File.ReadAllText(Repository.PathOf("docs/database.md"));

    [Fact]
    public void Should_tell_every_column_of_the_gateways_with_the_type_that_is_looked_for()
    {
        var told = Columns().Matches(Page).Select(row => $"{row.Groups["column"]} {row.Groups["type"]} {row.Groups["null"]}");

        Assert.Equal(
            Tables(isGateways: true).SelectMany(entity => entity.GetProperties())
                .Select(p => $"{p.DeclaringType.GetTableName()}.{p.GetColumnName()} {p.GetColumnType()} {(p.IsColumnNullable() ? "yes" : "no")}").Order(),
            told.Order());
    }

    [Fact]
    public void Should_tell_every_table_of_the_workers() =>
        Assert.Equal(Tables(isGateways: false).Select(entity => entity.GetTableName()).Order(), OwnTables().Matches(Page).Select(row => row.Groups["table"].Value).Order());

    private static IEntityType[] Tables(bool isGateways)
    {
        // Nobody connects to it.
        using var services = new ServiceCollection().AddLogging().AddGatewayPostgres("Host=nowhere.invalid").BuildServiceProvider();
        using var db = services.GetRequiredService<IDbContextFactory<GatewayDbContext>>().CreateDbContext();
        return [.. db.Model.GetEntityTypes().Where(entity => GatewaySchema.GatewaysTables.Contains(entity.GetTableName()) == isGateways)];
    }

    [GeneratedRegex(@"^\| `(?<column>\w+\.\w+)` \| `(?<type>[^`]+)` \| (?<null>yes|no) \|", RegexOptions.Multiline)]
    private static partial Regex Columns();

    [GeneratedRegex(@"^\| `(?<table>\w+)` \| ", RegexOptions.Multiline)]
    private static partial Regex OwnTables();
}
