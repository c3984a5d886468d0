import { useEffect, useRef, useState } from 'react';

/** What changes while one is listening is said once it has rested, and not more often than this. Milliseconds. */
const RESTED = 1_000;
const AT_MOST_EVERY = 10_000;

/** The text as it is to be read out: the latest of many, now and then. */
export function useSpoken(text: string): string {
  const [spoken, setSpoken] = useState('');
  const last = useRef(Number.NEGATIVE_INFINITY);
  useEffect(() => {
    const wait = Math.max(RESTED, last.current + AT_MOST_EVERY - performance.now());
    const timer = setTimeout(() => {
      last.current = performance.now();
      setSpoken(text);
    }, wait);
    return () => clearTimeout(timer);
  }, [text]);
  return spoken;
}
