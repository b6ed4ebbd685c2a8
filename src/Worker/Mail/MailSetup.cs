using Gateway.Worker.Hosting;

namespace Gateway.Worker.Mail;

/// <summary>Registers the mails to the operators.</summary>
public static class MailSetup
{
    /// <summary>Adds the <see cref="Mailer"/>.</summary>
    public static IServiceCollection AddMail(this IServiceCollection services, GatewayOptions options) => services
        .AddSingleton(options.Mail)
        .AddSingleton<Mailer>();
}
