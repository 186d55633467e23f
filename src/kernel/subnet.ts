// IPv4 networks as the engines and manifests write them: `10.201.4.0/24` (CIDR, RFC 4632).

export interface Subnet {
  /** The first address, as a number. */
  readonly first: number;
  /** How many leading bits all its addresses have in common. */
  readonly bits: number;
}

const ADDRESS_BITS = 32;
const BYTE = 256;

const sizeOf = (bits: number): number => 2 ** (ADDRESS_BITS - bits);

const formatAddress = (address: number): string =>
  [3, 2, 1, 0].map((place) => Math.floor(address / BYTE ** place) % BYTE).join('.');

const addressOf = ({ first }: Subnet): string => formatAddress(first);

/** The last address that a machine can have: the one after it, where there are two more, means all machines. */
export function lastHost({ first, bits }: Subnet): string {
  const size = sizeOf(bits);
  return formatAddress(first + size - (size > 2 ? 2 : 1));
}

/** The network of an address such as `10.201.4.5/24`, as engines take them too; null where it is no IPv4 address. */
export function subnetAround(text: string): Subnet | null {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\/(\d{1,2})$/.exec(text);
  if (match === null) return null;
  const [, ...numbers] = match.map(Number);
  const bits = numbers.pop() ?? 0;
  if (bits > ADDRESS_BITS || numbers.some((byte) => byte >= BYTE)) return null;
  const first = numbers.reduce((sum, byte) => sum * BYTE + byte, 0);
  return { first: first - (first % sizeOf(bits)), bits };
}

/** Null where it is no IPv4 network: another family, an address with bits behind the prefix. */
export function parseSubnet(text: string): Subnet | null {
  const subnet = subnetAround(text);
  return subnet !== null && text.startsWith(`${addressOf(subnet)}/`) ? subnet : null;
}

export const formatSubnet = (subnet: Subnet): string => `${addressOf(subnet)}/${subnet.bits}`;

export const overlaps = (a: Subnet, b: Subnet): boolean =>
  a.first < b.first + sizeOf(b.bits) && b.first < a.first + sizeOf(a.bits);

/** How many networks of `bits` a range holds. */
export const countWithin = (range: Subnet, bits: number): number =>
  bits < range.bits ? 0 : 2 ** (bits - range.bits);

/** The network of `bits` at this place in the range, from 0. */
export const subnetAt = (range: Subnet, bits: number, place: number): Subnet => ({
  first: range.first + place * sizeOf(bits),
  bits,
});

/** The address at this place in the network, from 0: the network itself. */
export const hostAt = ({ first }: Subnet, place: number): string => formatAddress(first + place);
