import ssh2 from "ssh2";

/** An ed25519 key pair: the private half as OpenSSH stores it, the public one as `ssh-ed25519 AAAA…`. */
export type KeyPair = { readonly privateKey: string; readonly publicKey: string };

export function makeKeyPair(generate = (): KeyPair => generated()): KeyPair {
  // ssh2 1.17 drops the leading zero byte of a public key: one pair in 256 is damaged, and no program reads it.
  for (;;) {
    const pair = generate();
    const halves = [pair.privateKey, pair.publicKey].map((half) => ssh2.utils.parseKey(half));
    if (!halves.some((half) => half instanceof Error)) return pair;
  }
}

function generated(): KeyPair {
  const { private: privateKey, public: publicKey } = ssh2.utils.generateKeyPairSync("ed25519");
  return { privateKey: privateKey.endsWith("\n") ? privateKey : `${privateKey}\n`, publicKey };
}
