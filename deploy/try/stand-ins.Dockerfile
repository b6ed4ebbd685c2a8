# Images in place of those that cannot be had, made from a folder of Debian 13 (the image debian13) and the .NET of this machine (the contexts
# dotnet and certificates). They behave as far as docker-compose.yml and deploy/Dockerfile ask for it. For deploy/try.sh alone.

FROM debian13 AS sdk
COPY --from=dotnet . /usr/share/dotnet/
COPY --from=certificates . /etc/ssl/certs/
RUN ln -s /usr/share/dotnet/dotnet /usr/bin/dotnet
# Time zones and ICU are in the folder.
ENV DOTNET_CLI_TELEMETRY_OPTOUT=1

# What the runtime's image has and nothing else: no shell, no package manager.
FROM debian13 AS runtime-files
COPY --from=dotnet shared /files/usr/share/dotnet/shared/
COPY --from=dotnet host /files/usr/share/dotnet/host/
COPY --from=dotnet dotnet /files/usr/share/dotnet/
RUN mkdir -p /files/etc /files/tmp /files/lib64 && chmod 1777 /files/tmp && \
    echo 'app:x:1654:1654::/home/app:/bin/false' > /files/etc/passwd && echo 'app:x:1654:' > /files/etc/group && \
    cp -a --parents /usr/share/zoneinfo /etc/nsswitch.conf /files && \
    libraries=/usr/lib/x86_64-linux-gnu && [ -d $libraries ] || libraries=/usr/lib/aarch64-linux-gnu && \
    for name in libc libm libdl libpthread librt libresolv libnss_dns libnss_files libgcc_s libstdc++ libssl libcrypto libz libzstd; do \
      cp -aL --parents $libraries/$name.so.* /files 2>/dev/null || true; done && \
    cp -aL /lib64/ld-linux* /files/lib64/ 2>/dev/null || cp -aL --parents /lib/ld-linux* /files && \
    ln -s usr/lib /files/lib

FROM scratch AS runtime
COPY --from=runtime-files /files /
COPY --from=certificates . /etc/ssl/certs/
ENV DOTNET_RUNNING_IN_CONTAINER=true

FROM debian13 AS server
RUN groupadd --gid 999 server 2>/dev/null || true; useradd --uid 999 --gid 999 --no-create-home --home-dir /var/lib/server server
COPY --chmod=755 stand-in-*.sh /usr/local/bin/

FROM server AS rabbitmq
# What Debian's package has left there is not of this user.
RUN rm -rf /var/lib/rabbitmq && install -d -o 999 -g 999 /var/lib/rabbitmq
ENV HOME=/var/lib/rabbitmq PATH=/usr/lib/rabbitmq/bin:/usr/local/bin:/usr/bin:/bin
VOLUME /var/lib/rabbitmq
ENTRYPOINT ["stand-in-rabbitmq.sh"]

FROM server AS redis
RUN install -d -o 999 -g 999 /data
WORKDIR /data
VOLUME /data
ENTRYPOINT ["stand-in-redis.sh"]

FROM server AS postgres
RUN install -d -o 999 -g 999 /var/lib/postgresql/data /run/postgresql
ENV PATH=/usr/lib/postgresql/17/bin:/usr/local/bin:/usr/bin:/bin
VOLUME /var/lib/postgresql/data
ENTRYPOINT ["stand-in-postgres.sh"]
CMD ["postgres"]

# Of Jaeger, Prometheus, Grafana and Mailpit only that they are well.
FROM server AS watcher
RUN for name in /usr/local/bin/wget /usr/local/bin/promtool /mailpit; do printf '#!/bin/sh\nexit 0\n' > $name && chmod +x $name; done && \
    install -d -o 65534 /prometheus && install -d -o 472 /var/lib/grafana
ENTRYPOINT ["stand-in-watcher.sh"]
