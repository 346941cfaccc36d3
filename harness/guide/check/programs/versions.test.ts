import { describe, expect, test } from "vitest";
import { check, copyOf, guide } from "../testing.ts";

describe("versions/docker", () => {
  const line = "yum install docker-ce -y";
  const found = async (kubernetes: string, install: string) => {
    const text = guide.replaceAll("1.14.0", kubernetes).replace(line, install);
    const { findings } = await check({ guideFile: await copyOf(text) });
    return findings.filter(({ rule }) => rule === "versions/docker");
  };

  test.each([
    ["1.14.0", line],
    ["1.14.0", "yum install -y docker-ce-26.1.4-1.el7"],
    ["1.19.16", line],
    ["1.15.12", "yum install -y docker-ce-18.09.9 docker-ce-cli-18.09.9"],
    ["1.18.20", "yum install -y docker-ce-24.0.9 docker-ce-cli-24.0.9"],
  ])("Kubernetes %s lives with what `%s` installs", async (kubernetes, install) => {
    expect(await found(kubernetes, install)).toEqual([]);
  });

  test.each([
    [
      "1.14.0",
      "yum install -y docker-ce-27.0.3",
      "Docker 27.0.3 was not made for CentOS 7, whose last is 26.1.4",
    ],
    ["1.14.0", "yum install -y docker-ce-26.1.10-1.el7", "Docker 26.1.10 was not made for CentOS 7"],
    ["1.15.12", line, "Docker 26.1.4, the last for CentOS 7, does not suit Kubernetes 1.15.12"],
    [
      "1.18.20",
      "yum install -y docker-ce-25.0.0 docker-ce-cli-25.0.0",
      "Docker 25.0.0 does not suit Kubernetes 1.18.20",
    ],
  ])(
    "Kubernetes %s is not to be had with `%s`, said at the package",
    async (kubernetes, install, message) => {
      const [finding, ...more] = await found(kubernetes, install);
      expect(finding).toMatchObject({ level: "error", step: "3.1/install-docker" });
      expect(finding?.message).toContain(message);
      expect(finding?.location.column).toBe(install.indexOf("docker-ce") + 1);
      expect(more).toEqual([]);
    },
  );
});
