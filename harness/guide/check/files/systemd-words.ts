import { list, words } from "../words.ts";

/**
 * What may stand in a unit file, as systemd 252 lists it (`systemd --dump-configuration-items`) and systemd.unit(5) has it
 * for [Install]. Older names that systemd still reads are among them. A section without a list is not looked into.
 */
export const directives: Readonly<Record<string, ReadonlySet<string> | undefined>> = {
  Unit: words(`
    Description Documentation SourcePath Requires Requisite Wants BindsTo BindTo Upholds Conflicts Before
    After OnSuccess OnFailure PropagatesReloadTo PropagateReloadTo ReloadPropagatedFrom PropagateReloadFrom
    PropagatesStopTo StopPropagatedFrom PartOf JoinsNamespaceOf RequiresOverridable RequisiteOverridable
    RequiresMountsFor StopWhenUnneeded RefuseManualStart RefuseManualStop AllowIsolate DefaultDependencies
    OnSuccessJobMode OnFailureJobMode OnFailureIsolate IgnoreOnIsolate JobTimeoutSec JobRunningTimeoutSec
    JobTimeoutAction JobTimeoutRebootArgument StartLimitIntervalSec StartLimitInterval StartLimitBurst
    StartLimitAction FailureAction SuccessAction FailureActionExitStatus SuccessActionExitStatus
    RebootArgument ConditionPathExists ConditionPathExistsGlob ConditionPathIsDirectory
    ConditionPathIsSymbolicLink ConditionPathIsMountPoint ConditionPathIsReadWrite ConditionPathIsEncrypted
    ConditionDirectoryNotEmpty ConditionFileNotEmpty ConditionFileIsExecutable ConditionNeedsUpdate
    ConditionFirstBoot ConditionArchitecture ConditionFirmware ConditionVirtualization ConditionHost
    ConditionKernelCommandLine ConditionKernelVersion ConditionCredential ConditionSecurity
    ConditionCapability ConditionACPower ConditionMemory ConditionCPUFeature ConditionCPUs
    ConditionEnvironment ConditionUser ConditionGroup ConditionControlGroupController ConditionOSRelease
    ConditionMemoryPressure ConditionCPUPressure ConditionIOPressure AssertPathExists AssertPathExistsGlob
    AssertPathIsDirectory AssertPathIsSymbolicLink AssertPathIsMountPoint AssertPathIsReadWrite
    AssertPathIsEncrypted AssertDirectoryNotEmpty AssertFileNotEmpty AssertFileIsExecutable AssertNeedsUpdate
    AssertFirstBoot AssertArchitecture AssertVirtualization AssertHost AssertKernelCommandLine
    AssertKernelVersion AssertCredential AssertSecurity AssertCapability AssertACPower AssertMemory
    AssertCPUFeature AssertCPUs AssertEnvironment AssertUser AssertGroup AssertControlGroupController
    AssertOSRelease AssertMemoryPressure AssertCPUPressure AssertIOPressure CollectMode
  `),
  Service: words(`
    PIDFile ExecCondition ExecStartPre ExecStart ExecStartPost ExecReload ExecStop ExecStopPost RestartSec
    TimeoutSec TimeoutStartSec TimeoutStopSec TimeoutAbortSec TimeoutStartFailureMode TimeoutStopFailureMode
    RuntimeMaxSec RuntimeRandomizedExtraSec WatchdogSec StartLimitInterval StartLimitBurst StartLimitAction
    FailureAction RebootArgument Type ExitType Restart PermissionsStartOnly RootDirectoryStartOnly
    RemainAfterExit GuessMainPID RestartPreventExitStatus RestartForceExitStatus SuccessExitStatus NonBlocking
    BusName FileDescriptorStoreMax NotifyAccess Sockets USBFunctionDescriptors USBFunctionStrings OOMPolicy
    WorkingDirectory RootDirectory RootImage RootImageOptions RootHash RootHashSignature RootVerity
    ExtensionDirectories ExtensionImages MountImages User Group SupplementaryGroups Nice OOMScoreAdjust
    CoredumpFilter IOSchedulingClass IOSchedulingPriority CPUSchedulingPolicy CPUSchedulingPriority
    CPUSchedulingResetOnFork CPUAffinity NUMAPolicy NUMAMask UMask Environment EnvironmentFile PassEnvironment
    UnsetEnvironment DynamicUser RemoveIPC StandardInput StandardOutput StandardError StandardInputText
    StandardInputData TTYPath TTYReset TTYVHangup TTYVTDisallocate TTYRows TTYColumns SyslogIdentifier
    SyslogFacility SyslogLevel SyslogLevelPrefix LogLevelMax LogRateLimitIntervalSec LogRateLimitBurst
    LogExtraFields SecureBits CapabilityBoundingSet AmbientCapabilities TimerSlackNSec NoNewPrivileges
    KeyringMode ProtectProc ProcSubset SystemCallFilter SystemCallArchitectures SystemCallErrorNumber
    SystemCallLog MemoryDenyWriteExecute RestrictNamespaces RestrictRealtime RestrictSUIDSGID
    RestrictAddressFamilies LockPersonality RestrictFileSystems LimitCPU LimitFSIZE LimitDATA LimitSTACK
    LimitCORE LimitRSS LimitNOFILE LimitAS LimitNPROC LimitMEMLOCK LimitLOCKS LimitSIGPENDING LimitMSGQUEUE
    LimitNICE LimitRTPRIO LimitRTTIME ReadWriteDirectories ReadOnlyDirectories InaccessibleDirectories
    ReadWritePaths ReadOnlyPaths InaccessiblePaths ExecPaths NoExecPaths ExecSearchPath BindPaths
    BindReadOnlyPaths TemporaryFileSystem PrivateTmp PrivateDevices ProtectKernelTunables ProtectKernelModules
    ProtectKernelLogs ProtectClock ProtectControlGroups NetworkNamespacePath IPCNamespacePath LogNamespace
    PrivateNetwork PrivateUsers PrivateMounts PrivateIPC ProtectSystem ProtectHome MountFlags MountAPIVFS
    Personality RuntimeDirectoryPreserve RuntimeDirectoryMode RuntimeDirectory StateDirectoryMode
    StateDirectory CacheDirectoryMode CacheDirectory LogsDirectoryMode LogsDirectory
    ConfigurationDirectoryMode ConfigurationDirectory SetCredential SetCredentialEncrypted LoadCredential
    LoadCredentialEncrypted TimeoutCleanSec PAMName IgnoreSIGPIPE UtmpIdentifier UtmpMode SELinuxContext
    AppArmorProfile SmackProcessLabel ProtectHostname Slice AllowedCPUs StartupAllowedCPUs AllowedMemoryNodes
    StartupAllowedMemoryNodes CPUAccounting CPUWeight StartupCPUWeight CPUShares StartupCPUShares CPUQuota
    CPUQuotaPeriodSec MemoryAccounting MemoryMin DefaultMemoryMin DefaultMemoryLow MemoryLow MemoryHigh
    MemoryMax MemorySwapMax MemoryLimit DeviceAllow DevicePolicy IOAccounting IOWeight StartupIOWeight
    IODeviceWeight IOReadBandwidthMax IOWriteBandwidthMax IOReadIOPSMax IOWriteIOPSMax
    IODeviceLatencyTargetSec BlockIOAccounting BlockIOWeight StartupBlockIOWeight BlockIODeviceWeight
    BlockIOReadBandwidth BlockIOWriteBandwidth TasksAccounting TasksMax Delegate DisableControllers
    IPAccounting IPAddressAllow IPAddressDeny IPIngressFilterPath IPEgressFilterPath ManagedOOMSwap
    ManagedOOMMemoryPressure ManagedOOMMemoryPressureLimit ManagedOOMPreference BPFProgram SocketBindAllow
    SocketBindDeny RestrictNetworkInterfaces SendSIGKILL SendSIGHUP KillMode KillSignal RestartKillSignal
    FinalKillSignal WatchdogSignal
  `),
  Install: words("Alias WantedBy RequiredBy Also DefaultInstance"),
};

/** The sections of a unit file, by systemd.unit(5) and the pages of each kind of unit. */
export const sections: readonly string[] = list(`
  Unit Install Service Socket Timer Mount Automount Swap Path Slice Scope
`);

/** The targets of systemd.special(7) that a unit can be wanted by. */
export const targets: readonly string[] = list(`
  multi-user.target graphical.target default.target basic.target sysinit.target network.target
  network-online.target network-pre.target nss-lookup.target rescue.target sockets.target timers.target
  paths.target slices.target local-fs.target remote-fs.target getty.target shutdown.target reboot.target
  halt.target poweroff.target sleep.target time-sync.target emergency.target machines.target swap.target
  suspend.target
`);

/** Verbs of systemctl(1). */
export const verbs: readonly string[] = list(`
  list-units list-automounts list-paths list-sockets list-timers is-active is-failed status show cat help
  list-dependencies start stop reload restart try-restart reload-or-restart try-reload-or-restart isolate
  kill clean freeze thaw set-property bind mount-image service-log-level service-log-target reset-failed
  whoami enable list-unit-files disable reenable preset preset-all is-enabled mask unmask link revert
  add-wants add-requires edit get-default set-default list-machines list-jobs cancel show-environment
  set-environment unset-environment import-environment daemon-reload daemon-reexec log-level log-target
  service-watchdogs is-system-running default rescue emergency halt poweroff reboot kexec exit switch-root
  suspend hibernate hybrid-sleep suspend-then-hibernate
`);

/** Options of systemctl(1) whose value is the next word. */
export const valuedOption =
  /^(?:-[HMtpnos]|--(?:host|machine|type|property|lines|output|signal|state|root|kill-who|job-mode|preset-mode))$/;

/** Directives whose words are names of units. */
export const dependencies: ReadonlySet<string> = words(
  "Requires Requisite Wants BindsTo PartOf Upholds Conflicts Before After OnFailure OnSuccess",
);

/** How the name of a unit ends. */
export const suffix = /\.(?:service|socket|target|mount|automount|swap|timer|path|slice|scope|device)$/;
