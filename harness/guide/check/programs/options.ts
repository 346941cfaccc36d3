import { words } from "../words.ts";

/** What all of them have: of logs, and of the program itself. */
const ofAll = `
  alsologtostderr feature-gates help log-backtrace-at log-dir log-file log-flush-frequency logtostderr
  stderrthreshold v version vmodule
`;

/** What those have that serve HTTPS: all but kube-proxy. */
const ofServers = `
  address authentication-token-webhook-cache-ttl authorization-webhook-cache-authorized-ttl
  authorization-webhook-cache-unauthorized-ttl cert-dir client-ca-file contention-profiling port
  tls-cert-file tls-cipher-suites tls-min-version tls-private-key-file
`;

/** What those of the master have beyond these. */
const ofMaster = `
  bind-address http2-max-streams-per-connection profiling requestheader-allowed-names
  requestheader-client-ca-file requestheader-extra-headers-prefix requestheader-group-headers
  requestheader-username-headers secure-port skip-headers tls-sni-cert-key
`;

/** What the two have that follow the apiserver, and choose a leader. */
const ofControllers = `
  authentication-kubeconfig authentication-skip-lookup authentication-tolerate-lookup-failure
  authorization-always-allow-paths authorization-kubeconfig kube-api-burst kube-api-content-type
  kube-api-qps kubeconfig leader-elect leader-elect-lease-duration leader-elect-renew-deadline
  leader-elect-resource-lock leader-elect-retry-period master
`;

/** Options of Kubernetes 1.14.0's programs: those that each lists with `--help`, and those that it takes without. */
export const kubernetesOptions: Readonly<Record<string, ReadonlySet<string> | undefined>> = {
  "kube-apiserver": words(`
    ${ofAll} ${ofServers} ${ofMaster}
    admission-control admission-control-config-file advertise-address allow-privileged anonymous-auth
    api-audiences apiserver-count audit-dynamic-configuration audit-log-batch-buffer-size
    audit-log-batch-max-size audit-log-batch-max-wait audit-log-batch-throttle-burst
    audit-log-batch-throttle-enable audit-log-batch-throttle-qps audit-log-format audit-log-maxage
    audit-log-maxbackup audit-log-maxsize audit-log-mode audit-log-path audit-log-truncate-enabled
    audit-log-truncate-max-batch-size audit-log-truncate-max-event-size audit-log-version
    audit-policy-file audit-webhook-batch-buffer-size audit-webhook-batch-max-size
    audit-webhook-batch-max-wait audit-webhook-batch-throttle-burst audit-webhook-batch-throttle-enable
    audit-webhook-batch-throttle-qps audit-webhook-config-file audit-webhook-initial-backoff
    audit-webhook-mode audit-webhook-truncate-enabled audit-webhook-truncate-max-batch-size
    audit-webhook-truncate-max-event-size audit-webhook-version authentication-token-webhook-config-file
    authorization-mode authorization-policy-file authorization-webhook-config-file basic-auth-file
    cloud-config cloud-provider cloud-provider-gce-lb-src-cidrs cors-allowed-origins
    default-not-ready-toleration-seconds default-unreachable-toleration-seconds default-watch-cache-size
    delete-collection-workers disable-admission-plugins enable-admission-plugins
    enable-aggregator-routing enable-bootstrap-token-auth enable-garbage-collector enable-logs-handler
    encryption-provider-config endpoint-reconciler-type etcd-cafile etcd-certfile
    etcd-compaction-interval etcd-count-metric-poll-period etcd-keyfile etcd-prefix etcd-servers
    etcd-servers-overrides event-ttl external-hostname insecure-bind-address insecure-port
    kubelet-certificate-authority kubelet-client-certificate kubelet-client-key kubelet-https
    kubelet-port kubelet-preferred-address-types kubelet-read-only-port kubelet-timeout
    kubernetes-service-node-port master-service-namespace max-connection-bytes-per-sec
    max-mutating-requests-inflight max-requests-inflight min-request-timeout oidc-ca-file oidc-client-id
    oidc-groups-claim oidc-groups-prefix oidc-issuer-url oidc-required-claim oidc-signing-algs
    oidc-username-claim oidc-username-prefix proxy-client-cert-file proxy-client-key-file
    request-timeout runtime-config service-account-api-audiences service-account-issuer
    service-account-key-file service-account-lookup service-account-max-token-expiration
    service-account-signing-key-file service-cluster-ip-range service-node-port-range ssh-keyfile
    ssh-user storage-backend storage-media-type target-ram-mb token-auth-file watch-cache
    watch-cache-sizes
  `),
  "kube-controller-manager": words(`
    ${ofAll} ${ofServers} ${ofMaster} ${ofControllers}
    allocate-node-cidrs allow-untagged-cloud attach-detach-reconcile-sync-period cidr-allocator-type
    cloud-config cloud-provider cloud-provider-gce-lb-src-cidrs cluster-cidr cluster-name
    cluster-signing-cert-file cluster-signing-key-file concurrent concurrent-deployment-syncs
    concurrent-endpoint-syncs concurrent-gc-syncs concurrent-namespace-syncs concurrent-replicaset-syncs
    concurrent-resource-quota-syncs concurrent-service-syncs concurrent-serviceaccount-token-syncs
    concurrent-ttl-after-finished-syncs configure-cloud-routes controller-start-interval controllers
    deleting-pods-burst deleting-pods-qps deployment-controller-sync-period
    disable-attach-detach-reconcile-sync enable-dynamic-provisioning enable-garbage-collector
    enable-hostpath-provisioner enable-taint-manager experimental-cluster-signing-duration
    external-cloud-volume-plugin flex-volume-plugin-dir
    horizontal-pod-autoscaler-cpu-initialization-period horizontal-pod-autoscaler-downscale-delay
    horizontal-pod-autoscaler-downscale-stabilization horizontal-pod-autoscaler-initial-readiness-delay
    horizontal-pod-autoscaler-sync-period horizontal-pod-autoscaler-tolerance
    horizontal-pod-autoscaler-upscale-delay horizontal-pod-autoscaler-use-rest-clients
    large-cluster-size-threshold min-resync-period namespace-sync-period node-cidr-mask-size
    node-eviction-rate node-monitor-grace-period node-monitor-period node-startup-grace-period
    node-sync-period pod-eviction-timeout pv-recycler-increment-timeout-nfs
    pv-recycler-minimum-timeout-hostpath pv-recycler-minimum-timeout-nfs
    pv-recycler-pod-template-filepath-hostpath pv-recycler-pod-template-filepath-nfs
    pv-recycler-timeout-increment-hostpath pvclaimbinder-sync-period register-retry-count
    resource-quota-sync-period root-ca-file route-reconciliation-period secondary-node-eviction-rate
    service-account-private-key-file service-cluster-ip-range terminated-pod-gc-threshold
    unhealthy-zone-threshold use-service-account-credentials
  `),
  "kube-scheduler": words(`
    ${ofAll} ${ofServers} ${ofMaster} ${ofControllers}
    algorithm-provider config failure-domains hard-pod-affinity-symmetric-weight lock-object-name
    lock-object-namespace policy-config-file policy-configmap policy-configmap-namespace scheduler-name
    use-legacy-policy-config write-config-to
  `),
  "kube-proxy": words(`
    ${ofAll}
    bind-address cleanup cleanup-iptables cleanup-ipvs cluster-cidr config config-sync-period
    conntrack-max conntrack-max-per-core conntrack-min conntrack-tcp-timeout-close-wait
    conntrack-tcp-timeout-established healthz-bind-address healthz-port hostname-override
    iptables-masquerade-bit iptables-min-sync-period iptables-sync-period ipvs-exclude-cidrs
    ipvs-min-sync-period ipvs-scheduler ipvs-sync-period kube-api-burst kube-api-content-type
    kube-api-qps kubeconfig masquerade-all master metrics-bind-address metrics-port nodeport-addresses
    oom-score-adj profiling proxy-mode proxy-port-range resource-container skip-headers udp-timeout
    write-config-to
  `),
  kubelet: words(`
    ${ofAll} ${ofServers}
    allow-privileged allowed-unsafe-sysctls anonymous-auth application-metrics-count-limit
    authentication-token-webhook authorization-mode azure-container-registry-config boot-id-file
    bootstrap-checkpoint-path bootstrap-kubeconfig cgroup-driver cgroup-root cgroups-per-qos
    chaos-chance cloud-config cloud-provider cluster-dns cluster-domain cni-bin-dir cni-conf-dir config
    container-hints container-log-max-files container-log-max-size container-runtime
    container-runtime-endpoint containerd containerized cpu-cfs-quota cpu-cfs-quota-period
    cpu-manager-policy cpu-manager-reconcile-period docker docker-endpoint docker-env-metadata-whitelist
    docker-only docker-root docker-tls docker-tls-ca docker-tls-cert docker-tls-key dynamic-config-dir
    enable-controller-attach-detach enable-debugging-handlers enable-load-reader enable-server
    enforce-node-allocatable event-burst event-qps event-storage-age-limit event-storage-event-limit
    eviction-hard eviction-max-pod-grace-period eviction-minimum-reclaim
    eviction-pressure-transition-period eviction-soft eviction-soft-grace-period exit-on-lock-contention
    experimental-allocatable-ignore-eviction experimental-bootstrap-kubeconfig
    experimental-check-node-capabilities-before-mount experimental-dockershim
    experimental-dockershim-root-directory experimental-kernel-memcg-notification
    experimental-mounter-path fail-swap-on file-check-frequency global-housekeeping-interval
    hairpin-mode healthz-bind-address healthz-port host-ipc-sources host-network-sources
    host-pid-sources hostname-override housekeeping-interval http-check-frequency
    image-gc-high-threshold image-gc-low-threshold image-pull-progress-deadline image-service-endpoint
    iptables-drop-bit iptables-masquerade-bit keep-terminated-pod-volumes kube-api-burst
    kube-api-content-type kube-api-qps kube-reserved kube-reserved-cgroup kubeconfig kubelet-cgroups
    lock-file log-cadvisor-usage machine-id-file make-iptables-util-chains manifest-url
    manifest-url-header master-service-namespace max-open-files max-pods maximum-dead-containers
    maximum-dead-containers-per-container minimum-container-ttl-duration minimum-image-ttl-duration
    network-plugin network-plugin-mtu node-ip node-labels node-status-max-images
    node-status-update-frequency non-masquerade-cidr oom-score-adj pod-cidr pod-infra-container-image
    pod-manifest-path pod-max-pids pods-per-core protect-kernel-defaults provider-id qos-reserved
    read-only-port really-crash-for-testing redirect-container-streaming register-node
    register-schedulable register-with-taints registry-burst registry-qps resolv-conf root-dir
    rotate-certificates rotate-server-certificates runonce runtime-cgroups runtime-request-timeout
    seccomp-profile-root serialize-image-pulls storage-driver-buffer-duration storage-driver-db
    storage-driver-host storage-driver-password storage-driver-secure storage-driver-table
    storage-driver-user streaming-connection-idle-timeout sync-frequency system-cgroups system-reserved
    system-reserved-cgroup volume-plugin-dir volume-stats-agg-period
  `),
};

/** Options of programs whose library takes them with one dash or two, and the versions of the program's archive that have them. */
export const otherOptions: Readonly<
  Record<
    string,
    | {
        readonly archive: "etcd" | "flannel";
        readonly versions: RegExp;
        readonly options: ReadonlySet<string>;
      }
    | undefined
  >
> = {
  // `etcd --help`, and what etcd passes over with a warning.
  etcd: {
    archive: "etcd",
    versions: /^3\.3\./,
    options: words(`
      advertise-client-urls auth-token auto-compaction-mode auto-compaction-retention auto-tls ca-file cert-file
      cipher-suites client-cert-auth client-crl-file config config-file cors data-dir debug discovery
      discovery-fallback discovery-proxy discovery-srv election-timeout enable-pprof enable-v2
      experimental-corrupt-check-time experimental-enable-v2v3 experimental-initial-corrupt-check
      force force-new-cluster grpc-keepalive-interval grpc-keepalive-min-time grpc-keepalive-timeout h
      heartbeat-interval help initial-advertise-peer-urls initial-cluster initial-cluster-state
      initial-cluster-token initial-election-tick-advance key-file listen-client-urls listen-metrics-urls
      listen-peer-urls log-output log-package-levels max-request-bytes max-snapshots max-txn-ops max-wals
      metrics name peer-auto-tls peer-ca-file peer-cert-allowed-cn peer-cert-file peer-client-cert-auth
      peer-crl-file peer-key-file peer-trusted-ca-file proxy proxy-dial-timeout proxy-failure-wait
      proxy-read-timeout proxy-refresh-interval proxy-write-timeout quota-backend-bytes snapshot
      snapshot-count strict-reconfig-check trusted-ca-file v version vv wal-dir
    `),
  },
  // As of 0.14, whose options are those of 0.10 and some more.
  flanneld: {
    archive: "flannel",
    versions: /^0\.1[0-4]\./,
    options: words(`
      etcd-cafile etcd-certfile etcd-endpoints etcd-keyfile etcd-password etcd-prefix etcd-username h
      healthz-ip healthz-port help iface iface-regex ip-masq iptables-forward-rules iptables-resync
      kube-annotation-prefix kube-api-url kube-subnet-mgr kubeconfig-file log_backtrace_at net-config-path
      public-ip subnet-file subnet-lease-renew-margin v version vmodule
    `),
  },
};
