import { expect, test } from "vitest";
import { defaultSettings, planOf } from "../../settings/settings.ts";
import { guessSymptom } from "./report.ts";

const plan = await planOf({ ...defaultSettings, errata: ["etcd-enable-typo"] });

test.each([
  [
    "[root@t71 bin]# systemctl daemon-reload\n[root@t71 bin]# systemctl enabel etcd\nUnknown operation 'enabel'.\n",
    { step: "2.4.4/start-etcd", machine: "t71", message: "Unknown operation 'enabel'." },
  ],
  [
    "guide: 2.4.5/check-etcd@t71: ended with exit code 1\n    output\n    etcdctl: command not found\n",
    { step: "2.4.5/check-etcd", machine: "t71", message: "etcdctl: command not found" },
  ],
  ["nothing of the guide", undefined],
])("%j is %j", (output, guess) => {
  expect(guessSymptom(output, plan)).toEqual(guess);
});
