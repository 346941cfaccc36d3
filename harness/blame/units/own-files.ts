import { sh } from "../../machines/ssh/sh.ts";

/** Minutes in which a file must have been written to be of this run. */
const recent = 60;

/**
 * Shell text that prints the last lines of the files into which a unit's program writes what it says, if it does not leave that to
 * the journal: by systemd (`StandardOutput=append:…`), by the shell (`>> …`), or by klog's options (`--log-dir`, `--log-file`;
 * without either it writes to /tmp). Systemd's own words for it are in the unit, options may be in its settings.
 */
export const ownFiles = (unit: string, lines: number): string => sh`
unit_text=$(systemctl cat ${unit} 2>/dev/null)
unit_text=$unit_text$(echo; echo "$unit_text" | sed -n 's/^EnvironmentFile=-\{0,1\}//p' | while read -r file; do cat $file 2>/dev/null; done)
unit_program=$(echo "$unit_text" | sed -n 's/^ExecStart=[-@:+!]*\([^ ]*\).*/\1/p' | tail -n 1)
unit_option() { echo "$unit_text" | grep -oE -e "--?log[-_]$1[= ]+[\"']?/[^\"' ]+" | sed 's/^[^/]*//'; }
{
  echo "$unit_text" | sed -n 's/^Standard\(Output\|Error\)=\(file\|append\|truncate\)://p'
  echo "$unit_text" | grep -oE '>>? */[^ ;&"]+' | sed 's/^[> ]*//'
  unit_option file
  for dir in $(unit_option dir) /tmp; do echo "$dir/$(basename "$unit_program").INFO"; done
} | sort -u | while read -r file; do
  [ -f "$file" ] && [ -n "$(find -L "$file" -mmin -${recent})" ] && tail -n ${lines} "$file" | cut -c -4096
done; true`;
