// Which page this is: the call, or the one that only listens (/r/{room}?listen).

import { readAddress, roomIsValid } from './params.js';

const { listen, room } = readAddress(location.href);
import(listen && roomIsValid(room) ? './listen.js' : './app.js');
