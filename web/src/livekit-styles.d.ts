/** Style sheets that their package gives no types for. */
declare module '@livekit/components-styles/components/*';
