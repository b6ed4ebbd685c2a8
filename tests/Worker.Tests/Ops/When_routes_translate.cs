using System.Reflection;
using Gateway.Testing.Workers;
using Gateway.Worker.Ops;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Gateway.Worker.Tests.Ops;

/// <summary>What is done for a request lies in use cases, which a page can call as well.</summary>
[Collection("Scraped")]
public sealed class When_routes_translate
{
    private static readonly Type[] OfRequests = [typeof(string), typeof(CancellationToken), typeof(HttpContext), typeof(HttpRequest)];

    [Fact]
    public async Task Should_take_use_cases_and_what_the_request_says_and_nothing_else()
    {
        await using var worker = await EmbeddedWorker.StartAsync();

        foreach (var (route, parameter) in ParametersOf(worker))
        {
            Assert.True(
                OfRequests.Contains(parameter) || IsOfOps(parameter), $"{route} takes a {parameter.Name}, which is neither of the request nor a use case");
        }
    }

    [Fact]
    public async Task Should_leave_HTTP_out_of_the_use_cases()
    {
        await using var worker = await EmbeddedWorker.StartAsync();
        var useCases = ParametersOf(worker).Select(of => of.Parameter).Where(type => IsOfOps(type) && worker.Services.GetService(type) is not null).Distinct().ToList();

        Assert.True(useCases.Count > 15, $"only {useCases.Count} use cases");
        foreach (var useCase in useCases)
        {
            var known = useCase.GetConstructors().SelectMany(constructor => constructor.GetParameters()).Select(parameter => parameter.ParameterType)
                .Concat(useCase.GetMethods().SelectMany(method => method.GetParameters().Select(parameter => parameter.ParameterType).Append(method.ReturnType)))
                .SelectMany(WithArguments);
            Assert.DoesNotContain(known, type => type.Namespace?.StartsWith("Microsoft.AspNetCore", StringComparison.Ordinal) is true);
        }
    }

    private static IEnumerable<(string Route, Type Parameter)> ParametersOf(EmbeddedWorker worker) =>
        from endpoint in worker.Services.GetRequiredService<EndpointDataSource>().Endpoints.Cast<RouteEndpoint>()
        where endpoint.RoutePattern.RawText!.StartsWith("/api/", StringComparison.Ordinal)
        from parameter in endpoint.Metadata.GetRequiredMetadata<MethodInfo>().GetParameters()
        select (endpoint.RoutePattern.RawText!, parameter.ParameterType);

    private static bool IsOfOps(Type type) => type.Namespace?.StartsWith(typeof(OpsSetup).Namespace!, StringComparison.Ordinal) is true;

    private static IEnumerable<Type> WithArguments(Type type) => type.GetGenericArguments().SelectMany(WithArguments).Prepend(type);
}
