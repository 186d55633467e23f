// How results look: coloured on a terminal, plain in a file or with NO_COLOR.

import { styleText } from 'node:util';

export const mark = (passed: boolean): string => (passed ? styleText('green', '✓') : styleText('red', '✗'));

export const heading = (text: string): string => `\n${styleText('bold', text)}`;

export const faint = (text: string): string => styleText('gray', text);

export const seconds = (ms: number): string => `${(ms / 1000).toFixed(ms < 10_000 ? 2 : 0)} s`;
