using Gateway.Persistence.JobLog;
using Gateway.Testing.Servers;
using Gateway.Tests.Persistence;
using Microsoft.EntityFrameworkCore;
using Xunit;

namespace Gateway.Integration.Tests.Persistence;

public sealed class When_jobs_are_listed_on_PostgreSql(PostgresTestDatabase database, TestServers servers)
    : When_jobs_are_listed(database), IClassFixture<PostgresTestDatabase>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    // Three processes read 850 jobs for a page of 50.
    [Fact]
    public async Task Should_look_for_a_page_in_one_process()
    {
        await using var own = new PostgresTestDatabase(servers);
        await own.InitializeAsync();
        await own.AddAsync(Rows.Run(Guid.CreateVersion7(), Rows.Noon));
        await using var db = own.CreateContext();
        // Whoever reads a row in a query that may have several processes is refused.
        await db.Database.ExecuteSqlRawAsync(
            """
            alter table job_runs rename to rows_of_job_runs;
            create function is_one_process() returns boolean language plpgsql volatile as $$
            begin
                if current_setting('max_parallel_workers_per_gather') <> '0' then
                    raise exception 'several processes';
                end if;
                return true;
            end $$;
            create view job_runs as select * from rows_of_job_runs where is_one_process();
            """,
            Cancellation);
        var history = own.Get<JobHistory>();

        var page = await history.ListAsync(new JobFilter(), after: null, limit: 10, Cancellation);
        var pageOfReader = await history.ListForReaderAsync(new JobFilter(), after: null, limit: 10, Cancellation);

        Assert.Single(page.Jobs);
        Assert.Single(pageOfReader.Jobs);
    }
}
