// An image's definition as it is written: which keys there are and what each may hold. Pure; the words of each key are those that
// docs/images.md shows.
import * as z from "zod";
import { bad, good, type Reader, readPathText, readVariableName, readVariableValue } from "../policy/atoms.js";
import { count, item, list, named, section, texts, written } from "../policy/schema/kit.js";

/** A name with at most one tag, and never a digest: the digest is what the definition becomes. */
export const readImageName: Reader<string> = (text) =>
  /^[a-z0-9]+(?:[._-][a-z0-9]+)*(?::\d+)?(?:\/[a-z0-9]+(?:[._-][a-z0-9]+)*)*(?::[A-Za-z0-9_][A-Za-z0-9._-]{0,127})?$/.test(
    text,
  ) && text.length <= 255
    ? good(text)
    : bad("an image's name in small letters such as localhost/agent or localhost/agent:1");

const readPackage: Reader<string> = (text) =>
  /^[a-z0-9][a-z0-9+.-]{1,100}(?:=[A-Za-z0-9.+:~-]{1,100})?$/.test(text)
    ? good(text)
    : bad("a Debian package such as git, or git=1:2.39.5-0+deb12u2");

/** SECURITY: an exact version only: a range means something else every day. */
const readNpmPackage: Reader<string> = (text) =>
  /^(?:@[a-z0-9~-][a-z0-9._~-]*\/)?[a-z0-9~-][a-z0-9._~-]*@\d+\.\d+\.\d+(?:[-+][0-9A-Za-z.+-]+)?$/.test(text)
    ? good(text)
    : bad("an npm package with its exact version such as @scope/name@1.2.3");

const readImagePath: Reader<string> = (text) =>
  /^\/[^\0]+$/.test(text) && !text.split("/").some((part) => part === "." || part === "..") && !text.endsWith("/")
    ? good(text)
    : bad("an absolute path in the image, without . or ..");

const readMode: Reader<string> = (text) => (/^0?[0-7]{3}$/.test(text) ? good(text) : bad('a mode such as "0755"'));

const readHex: Reader<string> = (text) =>
  /^(?:sha256:)?[0-9a-f]{64}$/.test(text) ? good(text) : bad("a SHA-256 digest: 64 hexadecimal digits");

const readSuite: Reader<string> = (text) =>
  /^[a-z0-9][a-z0-9/-]{0,60}$/.test(text) ? good(text) : bad("a suite such as bookworm");

const readMirror: Reader<string> = (text) =>
  /^(?:https?:\/\/|file:\/)[\x21-\x5a\x5c\x5e-\x7e]+$/.test(text)
    ? good(text)
    : bad("an address such as https://deb.debian.org/debian");

const readLinkValue: Reader<string> = (text) =>
  text !== "" && !text.includes("\0") ? good(text) : bad("what the link leads to");

const readAccount: Reader<string> = (text) =>
  /^[a-z_][a-z0-9_-]{0,31}$/.test(text) && text !== "root" ? good(text) : bad("a user's name such as agent, not root");

const debian = section(
  {
    packages: texts(readPackage, {
      description: "Packages; what they depend on comes along, what they recommend not.",
    }),
    suite: written(readSuite, { description: "With `mirror`: the release. Default: the sources of this host." }),
    mirror: written(readMirror, { description: "Where the packages come from. Default: the sources of this host." }),
    components: texts(readSuite, { description: "With `mirror`. Default: main." }),
    keyring: written(readPathText, { description: "With `mirror`: the keys that its list must be signed with." }),
  },
  { description: "What is taken from Debian." },
);

const files = list(
  z.strictObject({
    path: written(readImagePath, { description: "Where it lies in the image." }).unwrap(),
    from: written(readPathText, { description: "The file, relative to the definition." }).unwrap(),
    sha256: written(readHex, { description: "What it must be." }).unwrap(),
    mode: written(readMode, { description: 'Default: "0644".' }),
  }),
  { description: "Files and programs of your own." },
);

export const definitionSchema = z.strictObject(
  {
    version: z.literal(1, { error: "must be 1" }),
    name: written(readImageName, { description: "The image's name." }).unwrap(),
    debian,
    npm: list(item(readNpmPackage), { description: "Packages of npm with their exact versions." }),
    files,
    links: named(readImagePath, z.string().superRefine(held(readLinkValue)), { description: "Symbolic links." }),
    user: section(
      {
        name: written(readAccount, { description: "Its name." }),
        uid: count({ description: "Its number." }, { min: 1, max: 65_533 }),
      },
      { description: "The user that commands run as. Default: agent, 1000." },
    ),
    env: named(readVariableName, z.string().superRefine(held(readVariableValue)), { description: "Variables." }),
    command: list(z.string(), { description: "What a container engine runs when it is told nothing." }),
  },
  {
    error: (issue) =>
      issue.code === "invalid_type" ? "must be a mapping of keys, beginning with version: 1" : undefined,
  },
);

function held(reader: Reader<unknown>) {
  return (value: string, context: z.core.$RefinementCtx<string>): void => {
    const read = reader(value);
    if (!read.ok) context.addIssue({ code: "custom", message: `must be ${read.problem}` });
  };
}
