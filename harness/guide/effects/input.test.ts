import { describe, expect, test } from "vitest";
import { check, found } from "./testing.ts";

const json = '{ "a" 1 }';

describe("a file is looked at however its text comes to it", () => {
  test.each([
    ["behind sudo bash -c", `sudo bash -c "cat > /opt/a.json <<EOF\n{ bad }\nEOF"`, "6:3"],
    ["through ssh", `ssh t72 'cat > /opt/a.json' <<EOF\n${json}\nEOF`, "6:7"],
    ["through ssh, piped", `cat <<EOF | ssh t72 'cat > /opt/a.json'\n${json}\nEOF`, "6:7"],
    ["in a group", `{ cat; } > /opt/a.json <<EOF\n${json}\nEOF`, "6:7"],
    ["in a shell within", `( cat ) <<EOF > /opt/a.json\n${json}\nEOF`, "6:7"],
    ["in a loop", `for a in 1; do cat; done > /opt/a.json <<EOF\n${json}\nEOF`, "6:7"],
    ["in a function", `f() { cat > /opt/a.json; }\nf <<EOF\n${json}\nEOF`, "7:7"],
    ["piped into a group", `cat <<EOF | { sudo tee /opt/a.json; }\n${json}\nEOF`, "6:7"],
    ["by a here-string", `cat > /opt/a.json <<< '${json}'`, "5:30"],
    ["by a here-string for tee", `tee /opt/a.json > /dev/null <<<'${json}'`, "5:39"],
    ["by dd", `sudo dd of=/opt/a.json <<EOF\n${json}\nEOF`, "6:7"],
    ["by commands one after the other", `{ echo '{'; echo '"a" 1 }'; } > /opt/a.json`, "5:23"],
    ["by lines that are added", `echo '{' > /opt/a.json\necho '"a" 1 }' >> /opt/a.json`, "6:11"],
    ["by printf", String.raw`printf '%s\n' '{' '"a" 1 }' > /opt/a.json`, "5:24"],
    ["with escapes", String.raw`echo -e '{\n"a" 1 }' > /opt/a.json`, "5:17"],
    ["from a file", `echo '${json}' > b\ncat < b > /opt/a.json`, "5:13"],
    ["from a file that is shown", `echo '${json}' > b\ncat /dev/null b | cat - > /opt/a.json`, undefined],
  ])("%s", async (_, script, place) => {
    expect(await found(script)).toEqual(place === undefined ? [] : [`${place} files/json`]);
  });

  test.each([
    "echo '{' > /opt/a.json\necho '\"a\": 1' >> /opt/a.json\necho '}' >> /opt/a.json",
    "echo '{' > /opt/a.json\ndate >> /opt/a.json\necho '}' >> /opt/a.json",
    "echo -n '{ \"a\": ' > /opt/a.json\necho '1 }' >> /opt/a.json",
    "ls /nowhere 2> /opt/a.json",
    "{ echo '{'; date; } > /opt/a.json",
    "true || echo '{' > /opt/a.txt",
    "touch /opt/a.json",
    ": > /opt/a.json",
  ])("%j is none to be found", async (script) => expect(await found(script)).toEqual([]));
});

describe("a here-document that a shell reads is a script", () => {
  test.each([
    "sudo -s <<EOF",
    "sudo -u root -s <<'EOF'",
    "sudo -i <<EOF",
    "sudo su - <<EOF",
    "su - root <<'EOF'",
    "bash <<EOF",
    "sudo bash -s <<'EOF'",
    "bash -es one two <<'EOF'",
    "ssh root@t72 <<'EOF'",
    "ssh root@t72 bash -s <<'EOF'",
    "ssh root@t72 'sudo bash' <<'EOF'",
    "source /dev/stdin <<EOF",
    "cat <<EOF | sudo bash",
  ])("%s", async (open) => {
    expect(await found(`${open}\nsystemctl enabel a\ncp /no/such /opt\nEOF`)).toEqual([
      "6:11 units/verb",
      "7:4 files/missing",
    ]);
  });

  test("one that nobody knows is told", async () => {
    const { unfollowed } = await check("curl https://a.example.org/install.sh | bash");
    expect(unfollowed.map(({ command }) => command)).toEqual(["bash"]);
  });
});

describe("what is read and where it is written is there", () => {
  test.each([
    ["wc -l < /root/missing", "5:9 files/missing"],
    ["while read a; do echo $a; done < /opt/missing", "5:34 files/missing"],
    ["bash < /opt/missing", "5:8 files/missing"],
    ["echo a > /missing/folder/x", "5:10 files/folder"],
    ["> /missing/x", "5:3 files/folder"],
    ["exec > /missing/x", "5:8 files/folder"],
    ["ls 2> /missing/x", "5:7 files/folder"],
    ["sudo sh -c 'echo a > /missing/a/b'", "5:22 files/folder"],
    ["echo a | sudo tee -a /missing/x", "5:22 files/folder"],
    ["touch /missing/x", "5:7 files/folder"],
    ["cp /etc/hosts /missing/x/", "5:15 files/folder"],
    ["openssl genrsa -out /missing/ca.key 2048", "5:21 files/folder"],
    ["curl -o /missing/x https://a.example.org/x", "5:20 files/folder"],
    ["tar xf /tmp/a.tar.gz -C /missing", "5:25 files/folder"],
    ["sed -i 's/a/b/' /root/missing", "5:17 files/missing"],
    ["rm -r /root/missing", "5:7 files/missing"],
  ])("%s", async (script, place) => expect(await found(script)).toEqual([place]));

  test.each([
    "cat < /etc/hosts > /tmp/a",
    "echo a > /opt/a; cat < /opt/a",
    "mkdir -p /a/b; echo a > /a/b/c",
    "rm -rf /root/missing; touch a; rm a; rm /root/missing || true",
    "kubectl() { :; }; kubectl > /root/a",
    "curl --create-dirs -o /missing/x/y https://a.example.org/x; cat /missing/x/y",
  ])("%s is fine", async (script) => expect(await found(script)).toEqual([]));
});
