import type { Boundary } from "./points.ts";

export const milestones = ["etcd", "ping"];

export const guide = `# A guide under faults

## 1 Install

### 1.1 Steps

\`\`\`bash run id=command on=all
greet everybody
\`\`\`

\`\`\`ini file id=file on=t71 path=/etc/app.conf
A=1
\`\`\`

\`\`\`bash run id=download on=t72
wget https://dl.example.org/app.tar.gz
\`\`\`

\`\`\`bash run id=unit on=t71
systemctl start app
\`\`\`

\`\`\`bash run id=wait on=t71
show-state
\`\`\`

\`\`\`text output within=1s
Ready
\`\`\`
`;

/** Steps of that guide, on three machines. */
export const plannedSteps = 7;
/** Tests of the two milestones. */
export const plannedTests = 4;

/** What a machine is asked for at a boundary, by a part of the command. */
export const asked: readonly (readonly [part: string, boundary: Boundary])[] = [
  // The question for units' states looks into the journal, too.
  ["LISTENING", "blame"],
  ["journalctl", "collect"],
  ["greet everybody", "command"],
  ["/etc/app.conf", "file"],
  ["wget ", "download"],
  ["show-state", "wait"],
];

/** What systemd says of the guide's one unit. */
export const running = "LoadState=loaded\nActiveState=active\nSubState=running\n";
