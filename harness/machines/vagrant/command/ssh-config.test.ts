import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { InfrastructureError } from "../../../errors.ts";
import { parseSshConfig, type SshAccess } from "./ssh-config.ts";

/** As vagrant 2.3.4 writes it: templates/commands/ssh_config/config.erb. */
const written = ({ machine, host, port, user, privateKeyFile }: SshAccess): string => `Host ${machine}
  HostName ${host}
  User ${user}
  Port ${port}
  UserKnownHostsFile /dev/null
  StrictHostKeyChecking no
  PasswordAuthentication no
  IdentityFile ${/\s/.test(privateKeyFile) ? `"${privateKeyFile}"` : privateKeyFile}
  IdentitiesOnly yes
  LogLevel FATAL

`;

const anyAccess: fc.Arbitrary<SshAccess> = fc.record({
  machine: fc.stringMatching(/^[a-z0-9-]{1,12}$/),
  host: fc.ipV4(),
  port: fc.integer({ min: 1, max: 65_535 }),
  user: fc.stringMatching(/^[a-z_][a-z0-9_-]{0,10}$/),
  privateKeyFile: fc.stringMatching(/^\/[^"\n\r\t]{1,30}[^" \n\r\t]$/).filter((path) => path.trim() === path),
});

function outcome(text: string): string {
  try {
    return typeof parseSshConfig(text);
  } catch (error) {
    return error instanceof InfrastructureError ? "told" : "broken";
  }
}

describe("vagrant ssh-config", () => {
  it("is read as it was written", () => {
    fc.assert(
      fc.property(fc.array(anyAccess), (accesses) => {
        expect(parseSshConfig(accesses.map(written).join(""))).toEqual(accesses);
      }),
    );
  });

  it("takes port 22 where none is named, and several keys' first", () => {
    const text = "Host t71\n  HostName 10.0.0.1\n  User vagrant\n  IdentityFile /a\n  IdentityFile /b\n";
    expect(parseSshConfig(text)).toEqual([
      { machine: "t71", host: "10.0.0.1", port: 22, user: "vagrant", privateKeyFile: "/a" },
    ]);
  });

  it.each(["HostName 10.0.0.1", "User vagrant", "IdentityFile /key"])(
    "says so if a machine is without its %s",
    (line) => {
      const text = "Host t71\n  HostName 10.0.0.1\n  User vagrant\n  IdentityFile /key\n";
      expect(() => parseSshConfig(text.replace(line, ""))).toThrow(InfrastructureError);
    },
  );

  it("reads anything or says what is missing, and breaks at nothing", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(outcome(`Host a\n${text}`)).not.toBe("broken");
      }),
    );
  });
});
