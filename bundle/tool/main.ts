// `npm run bundle`: makes, shows and verifies bundles; the composition root of the bundle tool.
import { Command } from 'commander';
import { BundleError } from '../errors.ts';
import { createBundle } from './create-bundle.ts';
import { describeBundle, inspectBundles, verifyBundles } from './inspect-bundle.ts';
import { parseImage, parseLayers, parsePlatform, parseRepositoryAddress } from './parse-arguments.ts';
import { pushBundles } from './push-bundle.ts';

type CreateArguments = {
  output: string;
  kubernetesVersion: string;
  platform: string;
  layer?: string[];
  image?: string[];
};

const about = [
  'A bundle is a folder (an OCI image layout) with all that a host needs to become a node: the binaries of Kubernetes,',
  'containerd, runc and the CNI plugins, and the container images kubeadm starts. A K8sInstallerConfig names the place',
  'where hosts find it (a folder, a web server, a registry, the gateway) and the digest of each version; hosts accept those',
  'bytes only.',
].join(' ');

const createHelp = `
Layers (all four are needed; from a folder only the files that belong to the layer are taken):
  kubernetes   kubeadm kubelet kubectl                    to /usr/local/bin
  containerd   containerd containerd-shim-runc-v2 ctr     to /usr/local/bin
  runc         runc                                       to /usr/local/sbin
  cni          every plugin in the folder                 to /opt/cni/bin

Images are oci-archives (buildah push IMAGE oci-archive:FILE, skopeo copy … oci-archive:FILE) or OCI layout folders;
\`kubeadm config images list\` names what kubeadm needs.

Run it again with another --platform or --kubernetes-version to add to the same folder. The same input gives the same
digest; adding a platform gives the version a new digest.

Example:
  npm run bundle -- create --output /srv/bundle --kubernetes-version v1.36.3 --platform linux/amd64 \\
    --layer kubernetes=./kubernetes --layer containerd@2.3.7=./containerd --layer runc@1.4.3=./runc \\
    --layer cni@1.9.1=./plugins --image registry.k8s.io/pause:3.10.2=pause.tar`;

async function create(given: CreateArguments): Promise<void> {
  const { output, kubernetesVersion } = given;
  const made = await createBundle({
    output,
    kubernetesVersion,
    platform: parsePlatform(given.platform),
    layers: parseLayers(given.layer ?? [], kubernetesVersion),
    images: (given.image ?? []).map(parseImage),
    onProgress: tell,
  });
  print(made.digest);
}

async function inspect(folder: string, { json }: { json?: boolean }): Promise<void> {
  const bundles = await inspectBundles(folder);
  print(json ? JSON.stringify(bundles, undefined, 2) : bundles.flatMap(describeBundle).join('\n'));
}

async function verify(folder: string, { digest }: { digest?: string }): Promise<void> {
  const bundles = await inspectBundles(folder, digest);
  const blobs = await verifyBundles(folder, bundles);
  for (const bundle of bundles) print(`${bundle.version} ${bundle.platform} ${bundle.digest} ok`);
  print(`${blobs} blobs verified`);
}

async function push(folder: string, repository: string, { digest }: { digest?: string }): Promise<void> {
  const pushed = await pushBundles({
    folder,
    repository: parseRepositoryAddress(repository),
    digest,
    onProgress: tell,
  });
  for (const bundle of pushed) print(`${bundle.tag} ${bundle.digest}`);
}

function collect(value: string, earlier: string[] = []): string[] {
  return [...earlier, value];
}

function tell(line: string): void {
  process.stderr.write(`${line}\n`);
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

const program = new Command('bundle').description(about).showHelpAfterError();
program
  .command('create')
  .description('make a bundle, or add a platform or a version to one; prints its digest')
  .requiredOption('--output <folder>', 'folder of the bundle, made if needed')
  .requiredOption('--kubernetes-version <version>', 'e.g. v1.36.3')
  .requiredOption('--platform <platform>', 'linux/amd64 or linux/arm64')
  .option('--layer <name@version=path>', 'binaries of one component: files or folders, comma between; repeat', collect)
  .option('--image <reference=archive>', 'a container image; repeat', collect)
  .addHelpText('after', createHelp)
  .action(create);
program
  .command('inspect <folder>')
  .description('show versions, digests, platforms, layers and images')
  .option('--json', 'as JSON')
  .action(inspect);
program
  .command('verify <folder>')
  .description('hash every blob and check every layer as a host would')
  .option('--digest <digest>', 'only the bundle with this digest')
  .action(verify);
program
  .command('push <folder> <repository>')
  .description(
    'put the bundles of a folder into a registry: oci://registry/repository, oci+http:// without TLS; no login',
  )
  .option('--digest <digest>', 'only the bundle with this digest')
  .action(push);

try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof BundleError)) throw error;
  process.stderr.write(`${error.code}: ${error.message}\n${error.remedy}\n`);
  process.exitCode = 1;
}
