import { GuideFailure } from "../cluster/index.ts";

/** An object as the apiserver stores and sends it in protobuf, in parts that can be compared byte for byte. */
export type Encoded = {
  /** Number and bytes, in hexadecimal, of each field: of the envelope, of the object, of its metadata. */
  readonly fields: readonly string[];
  readonly name: string;
  readonly uid: string;
  /** What the apiserver fills in when it reads the object: etcd's revision. Empty as it is stored. */
  readonly resourceVersion: string;
};

/** What stands before each object in protobuf (k8s.io/apimachinery, serializer/protobuf). */
const prefix = Buffer.from("k8s\0");
/** Field of the envelope that holds the object, and of every object that holds its metadata. */
const raw = 2;
const metadata = 1;
/** Fields of the metadata (k8s.io/apimachinery, meta/v1/generated.proto). */
const meta = { name: 1, selfLink: 4, uid: 5, resourceVersion: 6 };

/** Reads an object's fields. Those that the apiserver fills in when it reads it, its version and its address, are left out. */
export function encodedObject(bytes: Buffer, what: string): Encoded {
  if (!bytes.subarray(0, prefix.length).equals(prefix)) {
    const begins = JSON.stringify(bytes.subarray(0, 40).toString());
    throw new GuideFailure(`${what} is not in protobuf: it begins with ${begins}`, {
      hint: "See the options of the apiserver that say how objects are stored.",
    });
  }
  const envelope = fieldsOf(bytes.subarray(prefix.length), what);
  const object = fieldsOf(envelope.find(({ number }) => number === raw)?.bytes ?? Buffer.of(), what);
  const own = fieldsOf(object.find(({ number }) => number === metadata)?.bytes ?? Buffer.of(), what);
  const text = (wanted: number): string =>
    own.find(({ number }) => number === wanted)?.bytes.toString() ?? "";
  return {
    fields: [
      ...envelope.filter(({ number }) => number !== raw).map((field) => show("envelope", field)),
      ...object.filter(({ number }) => number !== metadata).map((field) => show("object", field)),
      ...own
        .filter(({ number }) => number !== meta.selfLink && number !== meta.resourceVersion)
        .map((field) => show("metadata", field)),
    ],
    name: text(meta.name),
    uid: text(meta.uid),
    resourceVersion: text(meta.resourceVersion),
  };
}

type Field = { readonly number: number; readonly bytes: Buffer };

const show = (of: string, { number, bytes }: Field): string => `${of} ${number}: ${bytes.toString("hex")}`;

/** The fields of a message; the API's objects use numbers and length-delimited values alone at these levels. */
function fieldsOf(bytes: Buffer, what: string): Field[] {
  const fields: Field[] = [];
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes.readUInt8(at);
      at += 1;
      value += (byte % 128) * 2 ** shift;
      if (byte < 128) return value;
    }
  };
  while (at < bytes.length) {
    const tag = varint();
    const [number, type] = [Math.floor(tag / 8), tag % 8];
    const start = at;
    if (type === 0) {
      varint();
      fields.push({ number, bytes: bytes.subarray(start, at) });
    } else if (type === 2) {
      const length = varint();
      fields.push({ number, bytes: bytes.subarray(at, at + length) });
      at += length;
    } else throw new GuideFailure(`${what}: a field of type ${type} in its protobuf, which nobody can read`);
  }
  return fields;
}
