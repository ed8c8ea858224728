/**
 * How often the queue of a sink gives a page before it calls it dead. A sink that is down for a day gets its pages when
 * it is back: alarm-delivery lets ever more time pass between two tries, and says itself what becomes of the last.
 */
export const mostReceives = 200;
