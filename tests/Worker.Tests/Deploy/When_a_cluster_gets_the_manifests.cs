using System.Globalization;
using Gateway.Testing;
using Gateway.Testing.Deploy;
using Gateway.Testing.Workers;
using Gateway.Worker.Bus;
using Gateway.Worker.Configuration;
using Gateway.Worker.Hosting;
using k8s.Models;
using Xunit;

namespace Gateway.Worker.Tests.Deploy;

[Collection("Scraped")]
public sealed class When_a_cluster_gets_the_manifests : IDisposable
{
    private static readonly V1Deployment Deployment = Assert.Single(Manifests.Read<V1Deployment>("Deployment"));
    private static readonly V1Job Migration = Assert.Single(Manifests.Read<V1Job>("Job"));
    private static readonly V1Service Service = Assert.Single(Manifests.Read<V1Service>("Service"));
    private static readonly Dictionary<string, IDictionary<string, string>> Secrets =
        Manifests.Read<V1Secret>("Secret").ToDictionary(secret => secret.Metadata.Name, secret => secret.StringData);
    private static readonly Dictionary<string, string> Settings = File.ReadLines(Path.Combine(Manifests.Folder, "settings.env"))
        .Where(line => !line.StartsWith('#')).Select(line => line.Split('=', 2)).ToDictionary(setting => setting[0], setting => setting[1]);
    private static readonly ComposeFile Compose = ComposeFile.Read(Repository.PathOf("docker-compose.yml"));

    private readonly DirectoryInfo _mounted = Directory.CreateTempSubdirectory("gateway-mounted-");

    private static V1PodSpec Pod => Deployment.Spec.Template.Spec;

    private static V1Container Worker => Assert.Single(Pod.Containers);

    public void Dispose() => _mounted.Delete(recursive: true);

    // The types of the others are made from the API's description, and reading them fails where they do not fit.
    [Fact]
    public void Should_be_of_kinds_and_fields_that_it_knows()
    {
        Assert.Equal(2, Manifests.Read<V1NetworkPolicy>("NetworkPolicy").Count);
        Assert.Single(Manifests.Read<V1PodDisruptionBudget>("PodDisruptionBudget"));
        Assert.Equal(
            ["Deployment", "Job", "NetworkPolicy", "PodDisruptionBudget", "ScaledObject", "Secret", "Service", "ServiceMonitor", "TriggerAuthentication"],
            Manifests.All.Select(manifest => manifest.Kind).Distinct().Order(StringComparer.Ordinal));
        Assert.Equal("monitoring.coreos.com/v1", Manifests.ReadCustom("ServiceMonitor")["apiVersion"]);
        Assert.All(["ScaledObject", "TriggerAuthentication"], kind => Assert.Equal("keda.sh/v1alpha1", Manifests.ReadCustom(kind)["apiVersion"]));
    }

    [Fact]
    public void Should_get_every_file_but_the_example_of_secrets()
    {
        var kustomization = Manifests.Parse(File.ReadAllText(Path.Combine(Manifests.Folder, "kustomization.yaml")));
        var files = Directory.GetFiles(Manifests.Folder, "*.yaml").Select(file => Path.GetFileName(file)!).Except(["kustomization.yaml", "secrets.example.yaml"]);

        Assert.Equal(["../postgres", .. files.Order(StringComparer.Ordinal)], (List<object?>)kustomization["resources"]!);
        var image = Assert.Single(kustomization.MapsAt("images"));
        Assert.Equal(Compose.Services["worker"].Text("image"), $"{image["name"]}:{image["newTag"]}");
    }

    [Fact]
    public void Should_give_the_worker_variables_that_it_knows_with_values_that_it_accepts()
    {
        var reader = new VariableReader(AsMounted(Settings));

        var options = GatewayOptions.Read(reader);

        Assert.Equal(GatewayMode.Full, options.Mode);
        Assert.Empty(Settings.Keys.Except(reader.Asked));
        Assert.Equal("gateway-worker", Assert.Single(Worker.EnvFrom).ConfigMapRef.Name);
    }

    [Fact]
    public void Should_give_the_migration_what_it_needs_from_the_same_settings()
    {
        var migrate = Assert.Single(Migration.Spec.Template.Spec.InitContainers);
        var variables = migrate.Env.Where(variable => variable.Value is not null).ToDictionary(variable => variable.Name, variable => variable.Value);
        var fromSettings = migrate.Env.Where(variable => variable.Value is null).ToDictionary(variable => variable.Name, variable => variable.ValueFrom.ConfigMapKeyRef);

        Assert.All(fromSettings, variable =>
        {
            Assert.Equal(("gateway-worker", variable.Key), (variable.Value.Name, variable.Value.Key));
            Assert.True(variable.Value.Optional is true || Settings.ContainsKey(variable.Key), variable.Key);
        });
        var reader = new VariableReader(AsMounted(variables));
        Assert.Equal(GatewayMode.Full, GatewayOptions.Read(reader).Mode);
        Assert.Empty(migrate.Env.Select(variable => variable.Name).Except(reader.Asked));
        Assert.Equal(["migrate"], migrate.Args);
        Assert.NotEqual(Settings["DB_USER"], variables["DB_USER"]);
    }

    [Fact]
    public void Should_give_the_workers_role_its_rights_as_Compose_does()
    {
        var rights = Assert.Single(Migration.Spec.Template.Spec.Containers);
        var composed = Compose.Services["rights"];

        Assert.Equal(composed.Text("image"), rights.Image);
        Assert.Equal(composed.ListOf("command"), rights.Command);
        Assert.Subset(rights.Env.Select(variable => variable.Name).ToHashSet(), composed.Environment.Keys.ToHashSet());
        Assert.All(
            rights.Env.Select(variable => variable.ValueFrom?.SecretKeyRef).OfType<V1SecretKeySelector>(),
            secret => Assert.Contains(secret.Key, Secrets[secret.Name].Keys));
    }

    [Fact]
    public void Should_find_every_secret_in_the_example()
    {
        Assert.Equal(["gateway-worker", "gateway-worker-owner", "gateway-worker-watchers"], Secrets.Keys.Order(StringComparer.Ordinal));
        foreach (var pod in new[] { Pod, Migration.Spec.Template.Spec })
        {
            Assert.All(pod.Volumes.Select(volume => volume.Secret?.SecretName).OfType<string>(), name => Assert.Contains(name, Secrets.Keys));
        }

        var watchers = Secrets["gateway-worker-watchers"].Keys;
        var scraped = Assert.Single(Manifests.ReadCustom("ServiceMonitor").MapsAt("spec", "endpoints"));
        Assert.Contains(scraped.At("authorization", "credentials", "key"), watchers);
        var asked = Assert.Single(Manifests.ReadCustom("TriggerAuthentication").MapsAt("spec", "secretTargetRef"));
        Assert.Contains(asked["key"], watchers);
    }

    [Fact]
    public async Task Should_ask_the_worker_where_it_answers()
    {
        await using var worker = await EmbeddedWorker.StartAsync();

        foreach (var probe in new[] { Worker.StartupProbe, Worker.LivenessProbe, Worker.ReadinessProbe })
        {
            using var answer = await worker.GetAsync(probe.HttpGet.Path);
            Assert.True(answer.IsSuccessStatusCode, probe.HttpGet.Path);
            Assert.Equal("http", probe.HttpGet.Port.Value);
        }

        Assert.Equal(
            ["/healthz/startup", "/healthz/live", "/healthz/ready"],
            new[] { Worker.StartupProbe, Worker.LivenessProbe, Worker.ReadinessProbe }.Select(probe => probe.HttpGet.Path));
        var port = Assert.Single(Worker.Ports);
        Assert.Equal(Dockerfile.Read(Repository.PathOf("deploy/Dockerfile")).LastStage.All("EXPOSE"), [port.ContainerPort.ToString(CultureInfo.InvariantCulture)]);
        Assert.Equal((port.Name, "http"), (Assert.Single(Service.Spec.Ports).TargetPort.Value, Service.Spec.Ports[0].Name));
        var scraped = Assert.Single(Manifests.ReadCustom("ServiceMonitor").MapsAt("spec", "endpoints"));
        Assert.Equal(("http", "/metrics"), ((string?)scraped["port"], (string?)scraped["path"]));
        // The alerts know the workers by it.
        Assert.Equal("gateway-worker", Service.Metadata.Name);
    }

    [Fact]
    public void Should_give_no_more_rights_than_are_needed()
    {
        V1Container[] containers = [Worker, .. Migration.Spec.Template.Spec.InitContainers, .. Migration.Spec.Template.Spec.Containers];
        Assert.All(containers, container =>
        {
            Assert.Equal((false, true), (container.SecurityContext.AllowPrivilegeEscalation, container.SecurityContext.ReadOnlyRootFilesystem));
            Assert.Equal(["ALL"], container.SecurityContext.Capabilities.Drop);
        });
        Assert.All(new[] { Pod, Migration.Spec.Template.Spec }, pod =>
        {
            Assert.Equal((true, "RuntimeDefault"), (pod.SecurityContext.RunAsNonRoot, pod.SecurityContext.SeccompProfile.Type));
            Assert.False(pod.AutomountServiceAccountToken);
            // A Service named redis would set REDIS_PORT.
            Assert.False(pod.EnableServiceLinks);
        });
        var user = Assert.Single(Dockerfile.Read(Repository.PathOf("deploy/Dockerfile")).LastStage.All("USER"));
        Assert.Equal(user, $"{Pod.SecurityContext.RunAsUser}:{Pod.SecurityContext.RunAsGroup}");
        Assert.Equal(user, $"{containers[1].SecurityContext.RunAsUser}:{containers[1].SecurityContext.RunAsGroup}");
        Assert.Equal(Compose.Services["rights"].Text("user"), $"{containers[2].SecurityContext.RunAsUser}:{containers[2].SecurityContext.RunAsGroup}");
    }

    [Fact]
    public void Should_give_the_worker_its_memory_and_time_to_end_what_is_in_flight()
    {
        var options = GatewayOptions.Read(new VariableReader(AsMounted(Settings)));

        Assert.Equal("512Mi", Worker.Resources.Limits["memory"].ToString());
        Assert.Equal("512m", Compose.Services["worker"].Text("mem_limit"));
        // The host gives what is left five seconds more.
        Assert.True(Pod.TerminationGracePeriodSeconds > options.StopTimeout.TotalSeconds + 5, $"{Pod.TerminationGracePeriodSeconds} for {options.StopTimeout}");
        Assert.True(options.StopTimeout > options.Webhooks.Sending.Timeout);
    }

    [Fact]
    public void Should_select_the_workers_and_not_the_migration()
    {
        var worker = Deployment.Spec.Template.Metadata.Labels;
        var migration = Migration.Spec.Template.Metadata.Labels;
        IDictionary<string, string>[] selectors =
        [
            Deployment.Spec.Selector.MatchLabels,
            Service.Spec.Selector,
            Assert.Single(Pod.TopologySpreadConstraints).LabelSelector.MatchLabels,
            Assert.Single(Manifests.Read<V1PodDisruptionBudget>("PodDisruptionBudget")).Spec.Selector.MatchLabels,
            PolicyOf("gateway-worker").PodSelector.MatchLabels,
        ];

        Assert.All(selectors, selector => Assert.Equal((true, false), (Fits(selector, worker), Fits(selector, migration))));
        Assert.Equal((false, true), (Fits(PolicyOf("gateway-worker-migrate").PodSelector.MatchLabels, worker), Fits(PolicyOf("gateway-worker-migrate").PodSelector.MatchLabels, migration)));
        var monitored = (Dictionary<object, object?>)Manifests.ReadCustom("ServiceMonitor").At("spec", "selector", "matchLabels")!;
        Assert.True(Fits(monitored.ToDictionary(label => (string)label.Key, label => (string)label.Value!), Service.Metadata.Labels));
    }

    [Fact]
    public void Should_let_the_workers_out_to_their_servers_and_to_the_world_and_to_nothing_else_inside()
    {
        var policy = PolicyOf("gateway-worker");

        Assert.Equal(["Ingress", "Egress"], policy.PolicyTypes);
        var world = Assert.Single(policy.Egress, rule => rule.To.All(to => to.IpBlock is not null));
        Assert.All(world.To, to => Assert.EndsWith("/0", to.IpBlock.Cidr, StringComparison.Ordinal));
        Assert.Superset(
            new HashSet<string> { "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "100.64.0.0/10", "127.0.0.0/8", "fc00::/7", "fe80::/10", "::1/128" },
            world.To.SelectMany(to => to.IpBlock.Except).ToHashSet());
        Assert.All(["443", "80"], port => Assert.Contains(world.Ports, open => open.Port.Value == port));
        Assert.All(policy.Egress.Except([world]), rule => Assert.All(rule.To, to => Assert.NotEmpty(to.PodSelector.MatchLabels)));
        Assert.All(policy.Egress.Concat(PolicyOf("gateway-worker-migrate").Egress), rule => Assert.NotEmpty(rule.Ports));
    }

    [Fact]
    public void Should_grow_with_what_waits_in_queues_that_exist()
    {
        var scaled = Manifests.ReadCustom("ScaledObject");

        Assert.Equal(Deployment.Metadata.Name, scaled.At("spec", "scaleTargetRef", "name"));
        // What stands in the Deployment would take workers away at each apply.
        Assert.Null(Deployment.Spec.Replicas);
        Assert.Equal("2", scaled.At("spec", "minReplicaCount"));
        Assert.Equal([QueueNames.Webhooks, QueueNames.WebhooksRetry], scaled.MapsAt("spec", "triggers").Select(trigger => trigger.At("metadata", "queueName")));
        Assert.All(scaled.MapsAt("spec", "triggers"), trigger => Assert.Equal(
            Manifests.ReadCustom("TriggerAuthentication").At("metadata", "name"), trigger.At("authenticationRef", "name")));
    }

    private static V1NetworkPolicySpec PolicyOf(string name) =>
        Assert.Single(Manifests.Read<V1NetworkPolicy>("NetworkPolicy"), policy => policy.Metadata.Name == name).Spec;

    private static bool Fits(IDictionary<string, string> selector, IDictionary<string, string> labels) =>
        selector.Count > 0 && selector.All(label => labels.TryGetValue(label.Key, out var value) && value == label.Value);

    // The variables, with what the example of secrets holds in files of their names.
    private Dictionary<string, string> AsMounted(IReadOnlyDictionary<string, string> variables)
    {
        var mounted = new Dictionary<string, string>(variables);
        foreach (var (name, path) in variables.Where(variable => variable.Key.EndsWith(SecretFiles.Suffix, StringComparison.Ordinal)))
        {
            var parts = path.Split('/');
            Assert.Equal(["", "run", "secrets"], parts[..3]);
            var file = Path.Combine(_mounted.CreateSubdirectory(parts[3]).FullName, parts[4]);
            File.WriteAllText(file, Secrets[parts[3]][parts[4]]);
            mounted[name] = file;
        }

        return mounted;
    }
}
