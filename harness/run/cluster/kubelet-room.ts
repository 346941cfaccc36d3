import type { KubeletRoom } from "../../blame/judge.ts";
import { sh } from "../../machines/ssh/sh.ts";

/**
 * What a kubelet goes by when it evicts pods, as its documentation reckons it (memory-available.sh), and what it has said in the last
 * milliseconds that it was short of. Nothing where none runs, or the guide tells it limits of its own.
 */
export const kubeletScript = (milliseconds: number): string => sh`
kubelet=$(pgrep -o -x kubelet)
if [ -n "$kubelet" ]; then
  options=$(tr '\0' '\n' </proc/$kubelet/cmdline)
  config=$(echo "$options" | sed -n -e 's/^--config=//p' -e '/^--config$/ { n; p }')
  if ! { echo "$options"; cat "$config"; } 2>/dev/null | grep -qiE 'eviction-?(hard|soft)'; then
    left='NR == 2 && $2 > 0 { printf "left %s %.1f %s\n", of, 100 * $4 / $2, $6 }'
    df -Pk /var/lib/kubelet 2>/dev/null | awk -v of=nodefs "$left"
    df -Pi /var/lib/kubelet 2>/dev/null | awk -v of=inodes "$left"
    df -Pk /var/lib/docker 2>/dev/null | awk -v of=imagefs "$left"
    group=/sys/fs/cgroup/memory
    [ -e $group/memory.usage_in_bytes ] || group=/sys/fs/cgroup
    usage=$(cat $group/memory.usage_in_bytes $group/memory.current 2>/dev/null)
    inactive=$(sed -nE 's/^(total_)?inactive_file //p' $group/memory.stat 2>/dev/null | tail -n 1)
    awk -v usage="$usage" -v inactive="$inactive" '
      /^MemTotal:/ { total = $2 * 1024 }
      /^MemAvailable:/ { available = $2 * 1024 }
      END { printf "memory %.0f\n", usage == "" ? available : total - usage + inactive }
    ' /proc/meminfo
    journalctl --quiet --no-pager -o cat --since=-${Math.ceil(milliseconds / 1000)}s _COMM=kubelet 2>/dev/null |
      sed -nE 's/.*eviction manager: attempting to reclaim ([a-z-]+).*/reclaimed \1/p' | sort -u
  fi
fi
`;

/** The rests of an answer's lines that begin with a word. */
export const linesOf = (text: string, word: string): string[] =>
  text.split("\n").flatMap((line) => (line.startsWith(`${word} `) ? [line.slice(word.length + 1)] : []));

/** What that script answers; nothing if it has nothing to say. */
export function kubeletRoom(text: string): { readonly kubelet?: KubeletRoom } {
  const [memory] = linesOf(text, "memory");
  if (memory === undefined) return {};
  const kubelet = {
    memory: Number(memory),
    disks: linesOf(text, "left").flatMap((line) => {
      const [name, percent, ...path] = line.split(" ");
      const of = (["nodefs", "inodes", "imagefs"] as const).find((one) => one === name);
      return of ? [{ of, percent: Number(percent), path: path.join(" ") }] : [];
    }),
    reclaimed: linesOf(text, "reclaimed"),
  };
  return { kubelet };
}
