// What `plimsoll init` writes: enough to see a container run on the Docker engine of this machine where it
// has one, and the places to go on from.

const CONFIGURATION = `# Configuration of the controller; \`plimsoll schema --of configuration\` prints all that it may hold.
controller:
  # Marks everything that this controller makes on hosts: never change it.
  id: main
sources:
  # The Git repository whose commits are deployed: here the one that this file lies in.
  - id: main
    url: ./
    branch: main
    path: manifests
    # Hosts and namespaces are defined in this source.
    fleet: true
# The key that opens the hosts. Instead of a file: \`default: { agent: true }\`.
# ssh:
#   keys:
#     default: { privateKey: "file:~/.ssh/id_ed25519" }
`;

const host = (
  socketPath: string,
): string => `# The Docker engine of this machine. \`plimsoll host add ssh://user@host\` writes such a file for others.
apiVersion: plimsoll.dev/v1
kind: Host
metadata:
  name: local
  labels: { role: app }
spec:
  address: unix://${socketPath}
`;

const SERVICE = `# A first service: two web servers on free ports of the host. Change the image, and see it roll.
apiVersion: plimsoll.dev/v1
kind: Service
metadata:
  name: hello
spec:
  image: docker.io/library/nginx:1.27
  replicas: 2
  ports: ["80"]
  resources:
    limits: { memory: 64m }
  placement:
    hosts: { role: app }
  readiness:
    http: { path: /, port: 80 }
    period: 2s
  rollout:
    minHealthy: 3s
`;

/** By path below the directory. `engineSocket`: of this machine's own engine; null where it has none. */
export const firstFiles = (engineSocket: string | null): readonly (readonly [string, string])[] => [
  ['plimsoll.yaml', CONFIGURATION],
  ...(engineSocket === null ? [] : [['manifests/hosts/local.yaml', host(engineSocket)] as const]),
  ['manifests/hello.yaml', SERVICE],
];
