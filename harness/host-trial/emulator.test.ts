import { expect, it } from "vitest";
import { type Emulated, emulatorWords } from "./emulator.ts";

const host: Emulated = {
  system: { disk: "/s/system.raw", kernel: "/s/vmlinuz", initrd: "/s/initrd.img" },
  home: "/h/home.raw",
  shared: "/shared",
  cpus: 2,
  memoryMiB: 4096,
  boot: ["systemd.unified_cgroup_hierarchy=0"],
};

const after = (words: readonly string[], option: string): string[] =>
  words.filter((_, index) => words[index - 1] === option);

it("gives the host no network, and nothing of the system's disk to keep", () => {
  const words = emulatorWords(host, false);
  expect(after(words, "-nic")).toEqual(["none"]);
  expect(after(words, "-drive")).toEqual([
    "file=/s/system.raw,if=virtio,format=raw,cache=unsafe,snapshot=on",
    "file=/h/home.raw,if=virtio,format=raw,cache=unsafe,discard=unmap",
  ]);
});

it("hands the kernel's words on, and spares an emulated processor alone the mitigations", () => {
  const kernel = "root=/dev/vda rw console=ttyS0";
  expect(after(emulatorWords(host, false), "-append")).toEqual([
    `${kernel} mitigations=off systemd.unified_cgroup_hierarchy=0`,
  ]);
  expect(after(emulatorWords(host, true), "-append")).toEqual([
    `${kernel} systemd.unified_cgroup_hierarchy=0`,
  ]);
});
